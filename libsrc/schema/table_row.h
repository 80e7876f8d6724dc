/* SPDX-License-Identifier: Apache-2.0 */
/* What the schemas that write rows of columns share. */
#ifndef SCHEMA_TABLE_ROW_H
#define SCHEMA_TABLE_ROW_H

#include "schema/schema.h"

/* A column that shows a field of the System head. */
struct table_row_head {
	const char *column; /* NULL behind the last of a list */
	enum system_field field;
	void (*cell)(
	    struct plan *p, const struct node *leaf, const struct tree *t);
	const char *absent; /* what it shows without one; NULL: no column */
};

/* Append `,"name":`. */
void table_row_name(struct plan *p, const char *column);

/* Append the column if it is one of the schema's own, or one that every row
 * has, and the event has the field, or the column is always there. */
void table_row_head(struct plan *p, const struct table_row_head *own,
    const char *column, const struct schema_event *ev);

/* Append the event's id, between quotes or "", where all events of the plan
 * have that one; false without having done so: it is a value, then, or
 * missing. */
bool table_row_event_id(
    struct plan *p, const struct schema_event *ev, const char *quote);

/* The start of a row, with TimeGenerated; and its end, with our own columns. */
void table_row_begin(struct plan *p);
void table_row_end(struct plan *p, const struct schema_event *ev);

#endif
