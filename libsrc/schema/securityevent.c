/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `securityevent` schema: a row of the SecurityEvent table. Columns come in
 * the order of the table; every row has five of them, and the others if the
 * event has them. computed_columns.c has those that the connector computes.
 */
#include "schema/column_value.h"
#include "schema/computed_columns.h"
#include "schema/connector_channel.h"
#include "schema/event_field.h"
#include "schema/table.h"
#include "schema/table_row.h"

static const struct table_row_column system_columns[] = {
	{ "EventSourceName", SYSTEM_PROVIDER, column_value_string, NULL },
	{ "Level", SYSTEM_LEVEL, column_value_string, NULL },
	{ "EventID", SYSTEM_EVENT_ID, column_value_int, "\"\"" },
	{ .column = NULL },
};

/* Append a column with the field of the same name. */
static void
compile_field(struct plan *p, const struct column *c, const struct node *n,
    const struct tree *t)
{
	static const struct value missing = { .type = VALUE_NULL };
	const struct node *const leaf = tree_leaf(n);
	const struct value *const v =
	    leaf == NULL ? &missing : tree_value(leaf, t->values);
	const bool literal = leaf == NULL || leaf->kind != NODE_SUBSTITUTION;

	if (literal && !value_has_time(v))
		return;
	if (c->type == COLUMN_INT) {
		if (v->type == VALUE_NULL || v->n == 0)
			return;
		plan_next_member(p, c->name);
		column_value_int(p, leaf, t);
		return;
	}
	/* A FILETIME of 0 is not a time. */
	const bool optional = !literal && v->type == VALUE_FILETIME;
	if (optional)
		plan_optional(p);
	plan_next_member(p, c->name);
	column_value_content(p, n->kids, t);
	if (optional)
		plan_keep_if_value(p, leaf, value_has_time);
}

static void
compile_column(
    struct plan *p, const struct column *c, const struct schema_event *ev)
{
	if (c->kind != COLUMN_FIELD) {
		computed_columns_compile(p, c->name, ev);
		return;
	}
	const struct node *const n = event_field_of(ev, c->name);
	if (n != NULL)
		compile_field(p, c, n, ev->tree);
}

static void
compile_securityevent(struct plan *p, const struct schema_event *ev)
{
	table_row_compile(
	    p, ev, &table_securityevent, system_columns, compile_column);
}

const struct schema schema_securityevent = {
	.name = "securityevent",
	.table = &table_securityevent,
	.default_provenance = SCHEMA_PROVENANCE_KEY,
	.by_id = true,
	.remembers = true,
	.limit_layout = VALUE_LIMIT_ROW,
	.accepts = connector_channel_is,
	.compile = compile_securityevent,
};
