/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a table of rows holds: how many rows, and which line a row is from.
 */
#ifndef SINK_SQLITE_AUDIT_H
#define SINK_SQLITE_AUDIT_H

#include "sink/sink.h"

struct sqlite3;
struct sqlite3_stmt;

/* The number of rows of a table and of its conflicts. */
enum rc sqlite_audit_count(struct sqlite3 *db, const char *table,
    struct sink_size *size, struct err *e);

/* The statement that finds the row with the key of a line. */
enum rc sqlite_audit_prepare(struct sqlite3 *db, const char *table,
    struct sqlite3_stmt **out, struct err *e);

/* A line was not inserted. Count it by the row that has its key: `own` if the
 * row is from this very line, `repeated` if it is from another line of the same
 * staging, else `already`. */
enum rc sqlite_audit_origin(struct sqlite3_stmt *find,
    const struct sink_lines *from, struct span line, struct sink_written *done,
    struct err *e);

#endif
