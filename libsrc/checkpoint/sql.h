/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thin hand on SQLite: failures become struct err, values are bound by a
 * line of letters.
 *
 * A full disk and a database that another program keeps locked are RC_RETRY;
 * a damaged file is WHY_CORRUPT.
 */
#ifndef CHECKPOINT_SQL_H
#define CHECKPOINT_SQL_H

#include "util/err.h"

struct sqlite3;
struct sqlite3_stmt;

/* Turn what the library last said about db into a failure of `what`. */
enum rc sql_fail(struct sqlite3 *db, const char *what, struct err *e);

/* Run one or more statements that return nothing. */
enum rc sql_exec(struct sqlite3 *db, const char *text, struct err *e);

enum rc sql_prepare(struct sqlite3 *db, const char *text,
    struct sqlite3_stmt **out, struct err *e);
void sql_finish(struct sqlite3_stmt *statement);

/* Reset, then bind: i int64_t, t const char * (or NULL), s struct span as
 * text, b struct span as a blob. What is bound must live until the statement
 * is bound again. */
enum rc sql_bind(
    struct sqlite3_stmt *statement, struct err *e, const char *how, ...);

/* RC_OK: a row; RC_END: done. */
enum rc sql_step(struct sqlite3_stmt *statement, struct err *e);

/* A text of the row; "" if it is null or there is no memory for it. */
const char *sql_text(struct sqlite3_stmt *statement, int at);

/* Step a statement that returns no row. */
enum rc sql_run(struct sqlite3_stmt *statement, struct err *e);

/* The version of the library. */
const char *sql_version(void);

#endif
