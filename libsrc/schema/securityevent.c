/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `securityevent` schema: a row of the SecurityEvent table. Columns come
 * in the order of the table; five are always there, the others only where the
 * event has them. What the connector computes is in derived.c.
 */
#include "schema/cell.h"
#include "schema/derived.h"
#include "schema/field.h"
#include "schema/origin.h"
#include "schema/schema.h"
#include "schema/table.h"

/* {guid} in lower case, as rows show it. */
static void
correlation(struct plan *p, const struct node *leaf, const struct tree *t)
{
	(void)t;
	plan_lit(p, "\"{");
	plan_leaf(p, leaf, cell_put_guid);
	plan_lit(p, "}\"");
}

/* The columns of the System head. Those that are always there have a text for
 * when the event has none. */
static const struct from_head {
	const char *column;
	enum head_field field;
	void (*cell)(
	    struct plan *p, const struct node *leaf, const struct tree *t);
	const char *absent;
} from_head[] = {
	{ "Computer", HEAD_COMPUTER, cell_plain, "\"\"" },
	{ "EventSourceName", HEAD_PROVIDER, cell_plain, NULL },
	{ "Channel", HEAD_CHANNEL, cell_plain, "\"\"" },
	{ "Task", HEAD_TASK, cell_int, NULL },
	{ "Level", HEAD_LEVEL, cell_plain, NULL },
	{ "EventID", HEAD_EVENT_ID, cell_int, "\"\"" },
	{ "Version", HEAD_VERSION, cell_int, NULL },
	{ "Opcode", HEAD_OPCODE, cell_plain, NULL },
	{ "Keywords", HEAD_KEYWORDS, cell_plain, NULL },
	{ "Correlation", HEAD_ACTIVITY_ID, correlation, NULL },
	{ "SystemProcessId", HEAD_PROCESS_ID, cell_int, NULL },
	{ "SystemThreadId", HEAD_THREAD_ID, cell_int, NULL },
	{ "EventRecordId", HEAD_RECORD_ID, cell_plain, NULL },
	{ "SystemUserId", HEAD_USER_ID, cell_plain, "\"N/A\"" },
};

static const struct from_head *
find_head(const char *column)
{
	for (size_t i = 0; i < sizeof(from_head) / sizeof(*from_head); i++) {
		if (strcmp(from_head[i].column, column) == 0)
			return &from_head[i];
	}
	return NULL;
}

static void
compile_head(struct plan *p, const char *column, const struct schema_event *ev)
{
	const struct from_head *const from = find_head(column);
	const struct tree *const t = ev->tree;

	/* TimeGenerated is written already. */
	if (from == NULL)
		return;
	const bool there = head_value(ev->head, from->field, t->values) != NULL;
	if (!there && from->absent == NULL)
		return;
	derived_name(p, column);
	if (there)
		from->cell(p, ev->head->field[from->field], t);
	else
		plan_lit(p, from->absent);
}

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

static void
compile_field(
    struct plan *p, const struct column *c, const struct schema_event *ev)
{
	const struct node *const n =
	    field_find(ev->head, ev->tree, span_str(c->name));

	if (n == NULL)
		return;
	if (c->type != COLUMN_INT) {
		derived_name(p, c->name);
		cell_content(p, n->kids, ev->tree);
	} else if (has_value(tree_leaf(n), ev->tree)) {
		derived_name(p, c->name);
		cell_int(p, tree_leaf(n), ev->tree);
	}
}

static void
compile_securityevent(struct plan *p, const struct schema_event *ev)
{
	plan_lit(p, "{\"TimeGenerated\":\"");
	plan_op(p, PLAN_TIME);
	plan_lit(p, "\"");
	for (size_t i = 0; i < table_securityevent.n; i++) {
		const struct column *const c = &table_securityevent.columns[i];
		/* What the service fills no event may bring. */
		if (c->kind == COLUMN_IDENTITY)
			compile_field(p, c, ev);
		else if (c->kind == COLUMN_SYSTEM)
			compile_head(p, c->name, ev);
		else if (c->kind == COLUMN_DERIVED)
			derived_compile(p, c->name, ev);
	}
	plan_op(p, PLAN_TIME_TAIL);
	origin_compile(p, ev->options);
	plan_lit(p, "}");
	plan_end(p);
}

const struct schema schema_securityevent = {
	.name = "securityevent",
	.table = &table_securityevent,
	.usual = SCHEMA_PROVENANCE_KEY,
	.by_id = true,
	.compile = compile_securityevent,
};
