/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQL statements for a table of rows.
 *
 * Beside the columns of its schema a table has: EventTime (from the column with
 * the time, readable and sortable), _Segment and _Offset (where the line of the
 * row is in the staging; they identify rows without a RecordKey) and _Extra (a
 * JSON object of properties that cannot have a column). A table without columns
 * of its own (raw) has the whole line in Event and a few of its values in
 * columns.
 */
#ifndef SINK_SQLITE_TEXT_H
#define SINK_SQLITE_TEXT_H

#include "util/buf.h"
#include "util/column.h"

#define SQLITE_KEY "RecordKey_CF"
#define SQLITE_CONFLICTS "_conflicts" /* suffix of a table of conflicts */

/* Append CREATE TABLE, INDEX and VIEW statements, each IF NOT EXISTS. With
 * `primary` the column of keys is the primary key. */
void sqlite_text_tables(
    struct buf *out, const struct table *table, bool primary);

/* Append the definition of the table as SQLite stores it when it is created,
 * without the parenthesis at its end, before which SQLite adds columns. */
void sqlite_text_definition(
    struct buf *out, const struct table *t, bool primary);

/* Append the statement that creates a unique index of the keys. */
void sqlite_text_key(struct buf *out, const struct table *t);

/* Append the statement that inserts a row into the table of conflicts: if its
 * key is not NULL, and neither the table nor its conflicts have a row with that
 * key and the same values, whatever its _Segment and _Offset are. Parameter i +
 * 1 is the value of names[i]. */
void sqlite_text_conflict(
    struct buf *out, const struct table *t, const char *const *names, size_t n);

/* Append the statement that copies a row of the table into the table of
 * conflicts, on the same condition. Parameter 1 is the rowid of the row, and
 * parameter 2 the rowid of the row with the same key. */
void sqlite_text_copy_conflict(
    struct buf *out, const struct table *t, const char *const *names, size_t n);

/* Append a name in double quotes. */
void sqlite_text_name(struct buf *out, const char *name);

#endif
