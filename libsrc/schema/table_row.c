/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/agent_columns.h"
#include "schema/column_value.h"
#include "schema/provenance.h"
#include "schema/table_row.h"

/* Append a GUID as {guid} in lower case. */
static void
compile_correlation(
    struct plan *p, const struct node *leaf, const struct tree *t)
{
	plan_literal(p, "\"{");
	column_value_text(p, leaf, t);
	plan_literal(p, "}\"");
}

/* Columns of the System element that several tables have. */
static const struct table_row_column common[] = {
	{ "Computer", SYSTEM_COMPUTER, column_value_string, "\"\"" },
	{ "Channel", SYSTEM_CHANNEL, column_value_string, "\"\"" },
	{ "Task", SYSTEM_TASK, column_value_int, NULL },
	{ "Version", SYSTEM_VERSION, column_value_int, NULL },
	{ "Opcode", SYSTEM_OPCODE, column_value_string, NULL },
	{ "Keywords", SYSTEM_KEYWORDS, column_value_string, NULL },
	{ "Correlation", SYSTEM_ACTIVITY_ID, compile_correlation, NULL },
	{ "SystemProcessId", SYSTEM_PROCESS_ID, column_value_int, NULL },
	{ "SystemThreadId", SYSTEM_THREAD_ID, column_value_int, NULL },
	{ "EventRecordId", SYSTEM_RECORD_ID, column_value_string, NULL },
	{ "SystemUserId", SYSTEM_USER_ID, column_value_string, "\"N/A\"" },
	{ .column = NULL },
};

static const struct table_row_column *
find(const struct table_row_column *list, const char *column)
{
	while (list->column != NULL && strcmp(list->column, column) != 0)
		list++;
	return list->column == NULL ? NULL : list;
}

bool
table_row_event_id(
    struct plan *p, const struct schema_event *ev, const char *quote)
{
	const struct node *const leaf = ev->system->field[SYSTEM_EVENT_ID];

	if (ev->id == 0 ||
	    tree_value(leaf, ev->tree->values)->type != VALUE_U16)
		return false;
	plan_literal(p, quote);
	buf_u64(&p->lits, ev->id);
	plan_literal(p, quote);
	return true;
}

static void
compile_system_column(struct plan *p, const struct table_row_column *system,
    const char *name, const struct schema_event *ev)
{
	const struct table_row_column *c = find(system, name);

	if (c == NULL)
		c = find(common, name);
	if (c == NULL)
		return;
	const bool has = schema_event_has(ev, c->field);
	if (!has && c->absent == NULL)
		return;
	plan_next_member(p, name);
	if (!has)
		plan_literal(p, c->absent);
	else if (c->field != SYSTEM_EVENT_ID || !table_row_event_id(p, ev, ""))
		c->compile(p, ev->system->field[c->field], ev->tree);
}

void
table_row_compile(struct plan *p, const struct schema_event *ev,
    const struct table *table, const struct table_row_column *system,
    table_row_fn *compile)
{
	plan_literal(p, "{\"TimeGenerated\":\"");
	plan_op(p, PLAN_TIME);
	plan_literal(p, "\"");
	for (size_t i = 0; i < table->n; i++) {
		const struct column *const c = &table->columns[i];
		/* Columns that the service fills in are never taken from the
		 * event. */
		if (c->kind == COLUMN_SYSTEM)
			compile_system_column(p, system, c->name, ev);
		else if (c->kind == COLUMN_AGENT)
			agent_columns_compile(p, c->name, ev);
		else if (c->kind == COLUMN_FIELD || c->kind == COLUMN_COMPUTED)
			compile(p, c, ev);
	}
	plan_op(p, PLAN_TIME_COLUMNS);
	provenance_compile(p, ev->options);
	plan_literal(p, "}");
	plan_finish(p);
}
