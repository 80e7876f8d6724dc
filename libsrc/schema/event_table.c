/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `event` schema: a row of the Event table, as the Azure Monitor agent
 * writes it for logs other than Security. Every field is there twice: in the
 * order of the event in ParameterXml, with its name in EventData. What was
 * found in real rows, and what is inferred, is in evtxbackfill(7).
 */
#include <string.h>

#include "schema/agent_columns.h"
#include "schema/column_value.h"
#include "schema/computed_columns.h"
#include "schema/event_field.h"
#include "schema/table.h"
#include "schema/table_row.h"
#include "schema/xml_writer.h"

static const struct table_row_head from_head[] = {
	{ "Source", SYSTEM_PROVIDER, column_value_string, NULL },
	{ "EventLog", SYSTEM_CHANNEL, column_value_string, "\"\"" },
	{ "EventLevel", SYSTEM_LEVEL, column_value_int, NULL },
	{ "EventID", SYSTEM_EVENT_ID, column_value_int, NULL },
	{ "EventCategory", SYSTEM_TASK, column_value_int, NULL },
	{ .column = NULL },
};

/* The id of the agent's health service is not in a log: zeros stand for it, or
 * the computer's id where system columns are asked for. */
static void
compile_service_id(struct plan *p, const struct schema_event *ev)
{
	const struct node *const computer = ev->head->field[SYSTEM_COMPUTER];

	plan_lit(p, " sourceHealthServiceId=\\\"");
	if (ev->options->system_columns &&
	    system_fields_value(ev->head, SYSTEM_COMPUTER, ev->tree->values) !=
		NULL)
		plan_leaf(p, computer, agent_columns_put_computer_id);
	else
		plan_lit(p, "00000000-0000-0000-0000-000000000000");
	plan_lit(p, "\\\">");
}

/* The data as the agent wraps it. Without a time of the record's own, or of its
 * header, the item has no time. */
static void
compile_data(struct plan *p, const struct schema_event *ev)
{
	if (ev->head->data == NULL)
		return;
	table_row_name(p, "EventData");
	plan_lit(p, "\"<DataItem Type=\\\"System.XmlData\\\"");
	plan_op(p, PLAN_TIME_ITEM);
	compile_service_id(p, ev);
	xml_writer_data_item(p, ev->head->data, ev->tree);
	plan_lit(p, "</DataItem>\"");
}

static void
compile_parameters(struct plan *p, const struct schema_event *ev)
{
	const struct node *const body = event_field_body(ev->head);

	if (ev->head->data == NULL)
		return;
	table_row_name(p, "ParameterXml");
	plan_lit(p, "\"");
	xml_writer_parameters(
	    p, body == NULL ? ev->head->data : body, ev->tree);
	plan_lit(p, "\"");
}

/* Only forwarded events carry the text that Windows makes of them. */
static void
compile_description(struct plan *p, const struct schema_event *ev)
{
	const struct node *const info =
	    tree_child(ev->tree->root, SPAN("RenderingInfo"));
	const struct node *const message =
	    info == NULL ? NULL : tree_child(info, SPAN("Message"));

	if (message == NULL)
		return;
	table_row_name(p, "RenderedDescription");
	column_value_content(p, message->kids, ev->tree);
}

/* The account of a SID, by the user's file or of every Windows, or the SID. */
static void
put_user(struct buf *out, const struct value *v, const void *accounts)
{
	static const struct {
		const char *sid;
		const char *name;
	} known[] = {
		{ "S-1-5-18", "NT AUTHORITY\\\\SYSTEM" },
		{ "S-1-5-19", "NT AUTHORITY\\\\LOCAL SERVICE" },
		{ "S-1-5-20", "NT AUTHORITY\\\\NETWORK SERVICE" },
	};
	const struct span name = accounts_find(accounts, v);
	const size_t start = out->n;

	if (name.n != 0) {
		buf_put(out, name);
		return;
	}
	value_json(out, v);
	if (out->full)
		return;
	const struct span sid = span_of(out->p + start, out->n - start);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (!span_eq(sid, span_str(known[i].sid)))
			continue;
		buf_cut(out, start);
		buf_str(out, known[i].name);
		return;
	}
}

static void
compile_user(struct plan *p, const struct schema_event *ev)
{
	table_row_name(p, "UserName");
	plan_lit(p, "\"");
	if (system_fields_value(ev->head, SYSTEM_USER_ID, ev->tree->values) ==
	    NULL)
		plan_lit(p, "N/A");
	else
		plan_mapped(p, ev->head->field[SYSTEM_USER_ID], put_user,
		    ev->options->accounts);
	plan_lit(p, "\"");
}

static const struct {
	const char *column;
	void (*compile)(struct plan *p, const struct schema_event *ev);
} rules[] = {
	{ "ParameterXml", compile_parameters },
	{ "EventData", compile_data },
	{ "RenderedDescription", compile_description },
	{ "UserName", compile_user },
};

static void
compile_derived(
    struct plan *p, const char *column, const struct schema_event *ev)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		if (strcmp(rules[i].column, column) == 0) {
			rules[i].compile(p, ev);
			return;
		}
	}
	computed_columns_compile(p, column, ev);
}

static void
compile_event_table(struct plan *p, const struct schema_event *ev)
{
	table_row_begin(p);
	for (size_t i = 0; i < table_event.n; i++) {
		const struct column *const c = &table_event.columns[i];
		if (c->kind == COLUMN_SYSTEM)
			table_row_head(p, from_head, c->name, ev);
		else if (c->kind == COLUMN_AGENT)
			agent_columns_compile(p, c->name, ev);
		else if (c->kind == COLUMN_COMPUTED)
			compile_derived(p, c->name, ev);
	}
	table_row_end(p, ev);
}

const struct schema schema_event_table = {
	.name = "event",
	.table = &table_event,
	.usual = SCHEMA_PROVENANCE_KEY,
	.shape = VALUE_LIMIT_ROW,
	.compile = compile_event_table,
};
