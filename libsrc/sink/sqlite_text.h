/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQL text for a table of rows: definition, indexes, view, insert.
 *
 * Every table has, beside the schema's columns: EventTime (made from its time
 * column, readable and sortable), _Segment and _Offset (where the line stands,
 * for rows without a RecordKey) and _Extra (a JSON object of properties that
 * cannot be a column). A table without columns of its own (raw) keeps the line
 * in Event and shows its head in columns.
 */
#ifndef SINK_SQLITE_TEXT_H
#define SINK_SQLITE_TEXT_H

#include "util/buf.h"
#include "util/column.h"

#define SQLITE_KEY "RecordKey_CF"
#define SQLITE_CONFLICTS "_conflicts" /* behind the name of a table */

/* CREATE TABLE, CREATE INDEX and CREATE VIEW, each IF NOT EXISTS. */
void sqlite_text_tables(struct buf *out, const struct table *table);

/* The statement that keeps a row as a conflict if its key is not NULL and no
 * row with it, of the table or of its conflicts, is the same but for where it
 * is from. Parameter i + 1 is the value of names[i]. */
void sqlite_text_conflict(
    struct buf *out, const struct table *t, const char *const *names, size_t n);

/* The name in double quotes. */
void sqlite_text_name(struct buf *out, const char *name);

#endif
