/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `event` schema: a row of the Event table, as the Azure Monitor agent
 * writes it for logs other than Security. Every field occurs twice: in the
 * order of the event in ParameterXml, with its name in EventData.
 * evtxbackfill(7) says which rules were seen in real rows and which are
 * inferred.
 */
#include <string.h>

#include "schema/agent_columns.h"
#include "schema/column_value.h"
#include "schema/computed_columns.h"
#include "schema/event_field.h"
#include "schema/table.h"
#include "schema/table_row.h"
#include "schema/xml_writer.h"

static const struct table_row_column system_columns[] = {
	{ "Source", SYSTEM_PROVIDER, column_value_string, NULL },
	{ "EventLog", SYSTEM_CHANNEL, column_value_string, "\"\"" },
	{ "EventLevel", SYSTEM_LEVEL, column_value_int, NULL },
	{ "EventID", SYSTEM_EVENT_ID, column_value_int, NULL },
	{ "EventCategory", SYSTEM_TASK, column_value_int, NULL },
	{ .column = NULL },
};

/* Put the account of a SID from the user's file, or of a well-known SID;
 * otherwise the SID itself. */
static void
put_user(struct buf *out, const struct value *v, const void *accounts)
{
	static const struct {
		const char *sid;
		const char *name;
	} well_known[] = {
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
	const struct span sid = span_skip(buf_span(out), start);
	for (size_t i = 0; i < sizeof(well_known) / sizeof(*well_known); i++) {
		if (!span_eq(sid, span_str(well_known[i].sid)))
			continue;
		buf_cut(out, start);
		buf_str(out, well_known[i].name);
		return;
	}
}

static void
compile_column(
    struct plan *p, const struct column *c, const struct schema_event *ev)
{
	const bool has_computer = schema_event_has(ev, SYSTEM_COMPUTER);
	const struct node *const data = ev->system->data;
	const struct node *const body = event_field_body(ev->system);
	/* Only forwarded events contain the text that Windows renders for
	 * them. */
	const struct node *const message = tree_child(
	    tree_child(ev->tree->root, SPAN("RenderingInfo")), SPAN("Message"));

	if (strcmp(c->name, "ParameterXml") == 0 && data != NULL) {
		plan_next_member(p, c->name);
		plan_literal(p, "\"");
		xml_writer_parameters(p, body == NULL ? data : body, ev->tree);
		plan_literal(p, "\"");
	} else if (strcmp(c->name, "EventData") == 0) {
		if (data == NULL)
			return;
		/* The agent wraps an element around the data. The id of its
		 * health service is not in a log: it is zeros, or the
		 * computer's id if system columns are asked for. */
		plan_next_member(p, c->name);
		plan_literal(p, "\"<DataItem Type=\\\"System.XmlData\\\"");
		plan_op(p, PLAN_TIME_ATTRIBUTE);
		plan_literal(p, " sourceHealthServiceId=\\\"");
		if (ev->options->system_columns && has_computer)
			plan_value(p, ev->system->field[SYSTEM_COMPUTER],
			    agent_columns_put_computer_id);
		else
			plan_literal(p, "00000000-0000-0000-0000-000000000000");
		plan_literal(p, "\\\">");
		xml_writer_data_item(p, data, ev->tree);
		plan_literal(p, "</DataItem>\"");
	} else if (strcmp(c->name, "RenderedDescription") == 0 &&
		   message != NULL) {
		plan_next_member(p, c->name);
		column_value_content(p, message->kids, ev->tree);
	} else if (strcmp(c->name, "UserName") == 0) {
		plan_next_member(p, c->name);
		plan_literal(p, "\"");
		if (schema_event_has(ev, SYSTEM_USER_ID))
			plan_mapped(p, ev->system->field[SYSTEM_USER_ID],
			    put_user, ev->options->accounts);
		else
			plan_literal(p, "N/A");
		plan_literal(p, "\"");
	} else {
		computed_columns_compile(p, c->name, ev);
	}
}

static void
compile_event(struct plan *p, const struct schema_event *ev)
{
	table_row_compile(p, ev, &table_event, system_columns, compile_column);
}

const struct schema schema_event_table = {
	.name = "event",
	.table = &table_event,
	.default_provenance = SCHEMA_PROVENANCE_KEY,
	.remembers = true,
	.limit_layout = VALUE_LIMIT_ROW,
	.compile = compile_event,
};
