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

/* CREATE TABLE, CREATE INDEX and CREATE VIEW, each IF NOT EXISTS. */
void sqlite_text_tables(struct buf *out, const struct table *table);

/* The name in double quotes. */
void sqlite_text_name(struct buf *out, const char *name);

#endif
