/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds out why a line was not inserted: from which line the row with its key
 * came.
 */
#ifndef SINK_SQLITE_ORIGIN_H
#define SINK_SQLITE_ORIGIN_H

#include "sink/sink.h"

struct sqlite3;
struct sqlite3_stmt;

/* Prepare the statement that finds the row with the key of a line. */
enum rc sqlite_origin_prepare(struct sqlite3 *db, const char *table,
    struct sqlite3_stmt **out, struct err *e);

/* Count a line that was not inserted: as `own` if the existing row came from
 * this line, as `repeated` if it came from another line of the same staging,
 * else as `already`. */
enum rc sqlite_origin_count(struct sqlite3_stmt *find,
    const struct sink_lines *from, struct span line, struct sink_written *done,
    struct err *e);

#endif
