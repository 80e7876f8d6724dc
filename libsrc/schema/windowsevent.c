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

static const struct table_row_head from_head[] = {
	{ "Provider", SYSTEM_PROVIDER, column_value_string, NULL },
	{ "EventLevel", SYSTEM_LEVEL, column_value_int, NULL },
	{ "EventID", SYSTEM_EVENT_ID, column_value_int, NULL },
	{ .column = NULL },
};

/* EventData is the only column that is not text or number. */
static void
compile_derived(
    struct plan *p, const struct column *c, const struct schema_event *ev)
{
	if (c->type != COLUMN_DYNAMIC) {
		computed_columns_compile(p, c->name, ev);
	} else if (ev->head->data != NULL) {
		table_row_name(p, c->name);
		field_object_compile(p, event_field_first(ev->head), ev->tree,
		    &(struct field_object){ .places = false });
	}
}

static void
compile_windowsevent(struct plan *p, const struct schema_event *ev)
{
	table_row_begin(p);
	for (size_t i = 0; i < table_windowsevent.n; i++) {
		const struct column *const c = &table_windowsevent.columns[i];
		if (c->kind == COLUMN_SYSTEM)
			table_row_head(p, from_head, c->name, ev);
		else if (c->kind == COLUMN_COMPUTED)
			compile_derived(p, c, ev);
	}
	table_row_end(p, ev);
}

const struct schema schema_windowsevent = {
	.name = "windowsevent",
	.table = &table_windowsevent,
	.usual = SCHEMA_PROVENANCE_KEY,
	.shape = VALUE_LIMIT_ROW,
	.compile = compile_windowsevent,
};
