/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `windowsevent` schema: a row of the WindowsEvent table, for logs of any
 * channel. EventData is an object of all fields, as texts.
 */
#include "schema/column_value.h"
#include "schema/computed_columns.h"
#include "schema/event_field.h"
#include "schema/field_object.h"
#include "schema/table.h"
#include "schema/table_row.h"

static const struct table_row_column system_columns[] = {
	{ "Provider", SYSTEM_PROVIDER, column_value_string, NULL },
	{ "EventLevel", SYSTEM_LEVEL, column_value_int, NULL },
	{ "EventID", SYSTEM_EVENT_ID, column_value_int, NULL },
	{ .column = NULL },
};

/* EventData is the only column of type dynamic. */
static void
compile_column(
    struct plan *p, const struct column *c, const struct schema_event *ev)
{
	if (c->type != COLUMN_DYNAMIC) {
		computed_columns_compile(p, c->name, ev);
	} else if (ev->system->data != NULL) {
		plan_next_member(p, c->name);
		field_object_compile(p, event_field_first(ev->system), ev->tree,
		    &(struct field_object){ .by_position = false });
	}
}

static void
compile_windowsevent(struct plan *p, const struct schema_event *ev)
{
	table_row_compile(
	    p, ev, &table_windowsevent, system_columns, compile_column);
}

const struct schema schema_windowsevent = {
	.name = "windowsevent",
	.table = &table_windowsevent,
	.default_provenance = SCHEMA_PROVENANCE_KEY,
	.remembers = true,
	.limit_layout = VALUE_LIMIT_ROW,
	.compile = compile_windowsevent,
};
