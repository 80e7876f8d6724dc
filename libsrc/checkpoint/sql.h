/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thin layer over SQLite. It reports failures as struct err and binds the
 * values of a statement as a string of type letters says.
 *
 * A full disk and a database locked by another program are RC_RETRY; a damaged
 * file is WHY_CORRUPT.
 */
#ifndef CHECKPOINT_SQL_H
#define CHECKPOINT_SQL_H

#include <stdarg.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"

struct sqlite3;
struct sqlite3_stmt;

/* Report the last error of the connection; `what` is the failed operation. */
enum rc sql_fail(struct sqlite3 *db, const char *what, struct err *e);

/* Run one or more statements that return no rows. */
enum rc sql_exec(struct sqlite3 *db, const char *text, struct err *e);

enum rc sql_prepare(struct sqlite3 *db, const char *text,
    struct sqlite3_stmt **out, struct err *e);
void sql_finish(struct sqlite3_stmt *statement); /* takes NULL */

/* Like sql_exec() and sql_prepare(), with the statement in a buffer, which is
 * reset. */
enum rc sql_exec_buf(struct sqlite3 *db, struct buf *text, struct err *e);
enum rc sql_prepare_buf(struct sqlite3 *db, struct buf *text,
    struct sqlite3_stmt **out, struct err *e);

/* Reset the statement, then bind one value for each letter of `types`: i
 * int64_t, t const char * (or NULL), s struct span as text, b struct span as a
 * blob. Bound memory must stay valid until the statement is bound again. */
enum rc sql_bind(
    struct sqlite3_stmt *statement, struct err *e, const char *types, ...);
enum rc sql_vbind(struct sqlite3_stmt *statement, struct err *e,
    const char *types, va_list values);

/* Prepare a statement, bind values as sql_bind() does, and step to its first
 * row. The result is that of sql_step(); sql_finish(*out) in any case. */
enum rc sql_query(struct sqlite3 *db, struct sqlite3_stmt **out, struct err *e,
    const char *text, const char *types, ...);

/* RC_OK: there is a row; RC_END: there are no more rows. */
enum rc sql_step(struct sqlite3_stmt *statement, struct err *e);

/* A column of the current row as text; "" if it is NULL or memory is exhausted.
 */
const char *sql_text(struct sqlite3_stmt *row, int column);

/* A column of the current row whose value is never negative. */
uint64_t sql_u64(struct sqlite3_stmt *row, int column);

/* Step a statement that returns no rows. */
enum rc sql_run(struct sqlite3_stmt *statement, struct err *e);

/* The version of the SQLite library. */
const char *sql_version(void);

#endif
