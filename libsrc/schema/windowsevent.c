/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `windowsevent` schema: a row of the WindowsEvent table, for logs of any
 * channel. EventData is an object of all fields, as texts.
 */
#include "schema/cell.h"
#include "schema/derived.h"
#include "schema/dynamic.h"
#include "schema/field.h"
#include "schema/row.h"
#include "schema/table.h"

static const struct row_head from_head[] = {
	{ "Provider", SYSTEM_PROVIDER, cell_plain, NULL },
	{ "EventLevel", SYSTEM_LEVEL, cell_int, NULL },
	{ "EventID", SYSTEM_EVENT_ID, cell_int, NULL },
	{ .column = NULL },
};

/* EventData is the only column that is not text or number. */
static void
compile_derived(
    struct plan *p, const struct column *c, const struct schema_event *ev)
{
	if (c->type != COLUMN_DYNAMIC) {
		derived_compile(p, c->name, ev);
	} else if (ev->head->data != NULL) {
		row_name(p, c->name);
		dynamic_fields(p, field_first(ev->head), ev->tree,
		    &(struct dynamic){ .places = false });
	}
}

static void
compile_windowsevent(struct plan *p, const struct schema_event *ev)
{
	row_begin(p);
	for (size_t i = 0; i < table_windowsevent.n; i++) {
		const struct column *const c = &table_windowsevent.columns[i];
		if (c->kind == COLUMN_SYSTEM)
			row_head(p, from_head, c->name, ev);
		else if (c->kind == COLUMN_DERIVED)
			compile_derived(p, c, ev);
	}
	row_end(p, ev);
}

const struct schema schema_windowsevent = {
	.name = "windowsevent",
	.table = &table_windowsevent,
	.usual = SCHEMA_PROVENANCE_KEY,
	.shape = LONGFIELD_ROW,
	.compile = compile_windowsevent,
};
