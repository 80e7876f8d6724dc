/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiles rows: what the schemas of the Log Analytics tables share. A row has
 * the columns of its table in the order of the table, as far as the event has
 * them.
 */
#ifndef SCHEMA_TABLE_ROW_H
#define SCHEMA_TABLE_ROW_H

#include "schema/schema.h"

/* A column that shows a field of the System element. */
struct table_row_column {
	const char *column; /* NULL ends a list */
	enum system_field field;
	void (*compile)(
	    struct plan *p, const struct node *leaf, const struct tree *t);
	const char *absent; /* JSON if the event lacks it; NULL: no column */
};

/* Appends a column of kind COLUMN_FIELD or COLUMN_COMPUTED, with a comma before
 * it, if the event has what it is made of. */
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
