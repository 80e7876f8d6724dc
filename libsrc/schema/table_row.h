/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiles rows for the schemas of the Log Analytics tables. A row has those
 * columns of its table that the event has, in the order of the table.
 */
#ifndef SCHEMA_TABLE_ROW_H
#define SCHEMA_TABLE_ROW_H

#include "schema/schema.h"

/* A column that shows a field of the System element. */
struct table_row_column {
	/* Name of the column; NULL after the last element of a list. */
	const char *column;
	enum system_field field;
	void (*compile)(
	    struct plan *p, const struct node *leaf, const struct tree *t);
	/* JSON value to write if the event lacks the field; NULL: write no
	 * column. */
	const char *absent;
};

/* Appends a column of kind COLUMN_FIELD or COLUMN_COMPUTED, with a comma before
 * it, if the event has the fields for it. */
typedef void table_row_fn(
    struct plan *p, const struct column *c, const struct schema_event *ev);

/* Append the operations of a whole row. `system` lists the columns of kind
 * COLUMN_SYSTEM that only this table has. */
void table_row_compile(struct plan *p, const struct schema_event *ev,
    const struct table *table, const struct table_row_column *system,
    table_row_fn *compile);

/* Append the EventID, inside `quote`, if it is the same for all events of the
 * plan; otherwise append nothing and return false. */
bool table_row_event_id(
    struct plan *p, const struct schema_event *ev, const char *quote);

#endif
