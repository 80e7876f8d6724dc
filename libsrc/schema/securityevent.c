/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `securityevent` schema: a row of the SecurityEvent table. Columns come
 * in the order of the table; five are always there, the others only where the
 * event has them. What the connector computes is in derived.c.
 */
#include <string.h>

#include "schema/agent_columns.h"
#include "schema/column_value.h"
#include "schema/computed_columns.h"
#include "schema/event_field.h"
#include "schema/table.h"
#include "schema/table_row.h"

/* The columns of the System head, beside those of every row. */
static const struct table_row_head from_head[] = {
	{ "EventSourceName", SYSTEM_PROVIDER, column_value_string, NULL },
	{ "Level", SYSTEM_LEVEL, column_value_string, NULL },
	{ "EventID", SYSTEM_EVENT_ID, column_value_int, "\"\"" },
	{ .column = NULL },
};

/* Null, or a value without a byte, whatever its type: this is part of the
 * tree's shape. */
static bool
has_value(const struct node *leaf, const struct tree *t)
{
	if (leaf == NULL)
		return false;
	const struct value *const v = tree_value(leaf, t->values);
	return v->type != VALUE_NULL && v->n != 0;
}

/* A literal FILETIME of 0. */
static bool
is_no_time(const struct node *leaf, const struct tree *t)
{
	return leaf != NULL && leaf->kind != NODE_SUBSTITUTION &&
	       !value_has_time(tree_value(leaf, t->values));
}

/* A text column; no column where the value is a FILETIME of 0. */
static void
compile_text(struct plan *p, const struct column *c, const struct node *n,
    const struct schema_event *ev)
{
	const struct node *const leaf = tree_leaf(n);
	const bool time =
	    leaf != NULL && leaf->kind == NODE_SUBSTITUTION &&
	    tree_value(leaf, ev->tree->values)->type == VALUE_FILETIME;

	if (time)
		plan_begin(p);
	table_row_name(p, c->name);
	column_value_content(p, n->kids, ev->tree);
	if (time)
		plan_keep_if(p, leaf, value_has_time);
}

static void
compile_field(
    struct plan *p, const struct column *c, const struct schema_event *ev)
{
	const struct node *const n =
	    event_field_find(ev->head, ev->tree, span_str(c->name));

	if (n == NULL || is_no_time(tree_leaf(n), ev->tree))
		return;
	if (c->type != COLUMN_INT) {
		compile_text(p, c, n, ev);
	} else if (has_value(tree_leaf(n), ev->tree)) {
		table_row_name(p, c->name);
		column_value_int(p, tree_leaf(n), ev->tree);
	}
}

static void
compile_securityevent(struct plan *p, const struct schema_event *ev)
{
	table_row_begin(p);
	for (size_t i = 0; i < table_securityevent.n; i++) {
		const struct column *const c = &table_securityevent.columns[i];
		/* What the service fills no event may bring. */
		if (c->kind == COLUMN_FIELD)
			compile_field(p, c, ev);
		else if (c->kind == COLUMN_SYSTEM)
			table_row_head(p, from_head, c->name, ev);
		else if (c->kind == COLUMN_AGENT)
			agent_columns_compile(p, c->name, ev);
		else if (c->kind == COLUMN_COMPUTED)
			computed_columns_compile(p, c->name, ev);
	}
	table_row_end(p, ev);
}

/* What the connector asks for: Security, and the channels of AppLocker. */
static bool
takes_channel(const struct value *channel)
{
	static const uint8_t usual[] = { 'S', 0, 'e', 0, 'c', 0, 'u', 0, 'r', 0,
		'i', 0, 't', 0, 'y', 0 };
	const struct span applocker = SPAN("Microsoft-Windows-AppLocker/");

	if (channel == NULL)
		return false;
	if (channel->type == VALUE_WSTRING && channel->n == sizeof(usual) &&
	    memcmp(channel->p, usual, sizeof(usual)) == 0)
		return true;
	if (value_equals_nocase(channel, SPAN("Security")))
		return true;
	struct value begin = *channel;
	const size_t n = applocker.n * (channel->type == VALUE_WSTRING ? 2 : 1);
	if (begin.n <= n)
		return false;
	begin.n = (uint32_t)n;
	return value_equals_nocase(&begin, applocker);
}

const struct schema schema_securityevent = {
	.name = "securityevent",
	.table = &table_securityevent,
	.usual = SCHEMA_PROVENANCE_KEY,
	.by_id = true,
	.shape = VALUE_LIMIT_ROW,
	.takes = takes_channel,
	.compile = compile_securityevent,
};
