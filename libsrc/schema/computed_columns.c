/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/account_columns.h"
#include "schema/activity.h"
#include "schema/column_value.h"
#include "schema/computed_columns.h"
#include "schema/connector_channel.h"
#include "schema/event_field.h"
#include "schema/table_row.h"
#include "schema/xml_writer.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/* --- names of numbers ---------------------------------------------------- */

/* Append Activity: the id, followed by " - " and its text for records of a
 * channel that the connector collects. */
static void
compile_activity(struct plan *p, const struct schema_event *ev)
{
	const struct node *const channel = ev->system->field[SYSTEM_CHANNEL];
	const char *text = activity_text(ev->id);

	plan_next_member(p, "Activity");
	if (!schema_event_has(ev, SYSTEM_EVENT_ID)) {
		plan_literal(p, "\"\"");
		return;
	}
	const bool by_record =
	    channel != NULL && channel->kind == NODE_SUBSTITUTION;
	if (!by_record && channel != NULL &&
	    !connector_channel_is(&channel->value))
		text = NULL;
	plan_literal(p, "\"");
	if (!table_row_event_id(p, ev, ""))
		plan_text(p, ev->system->field[SYSTEM_EVENT_ID], ev->tree);
	if (text != NULL && channel != NULL) {
		if (by_record)
			plan_optional(p);
		plan_literal(p, " - ");
		plan_literal(p, text);
		if (by_record)
			plan_keep_if_value(p, channel, connector_channel_is);
	}
	plan_literal(p, "\"");
}

const char *
computed_columns_logon_type(uint64_t n)
{
	/* 0, 2, 3, 5 and 10 were seen; the others are inferred from the
	 * documentation of event 4624. */
	static const char *const names[] = {
		[2] = "Interactive",
		[3] = "Network",
		[4] = "Batch",
		[5] = "Service",
		[7] = "Unlock",
		[8] = "NetworkCleartext",
		[9] = "NewCredentials",
		[10] = "RemoteInteractive",
		[11] = "CachedInteractive",
		[12] = "CachedRemoteInteractive",
		[13] = "CachedUnlock",
	};

	return n < LENGTH(names) ? names[n] : NULL;
}

static void
put_logon_type(struct buf *out, const struct value *v)
{
	uint64_t n;

	if (!value_u64(v, &n)) {
		column_value_put(out, v);
		return;
	}
	const char *const name = computed_columns_logon_type(n);
	buf_u64(out, n);
	if (name == NULL)
		return;
	buf_str(out, " - ");
	buf_str(out, name);
}

/* The name of level 0 was found in a real row. The other names are Windows'
 * names of levels; no row with them was examined. */
static const struct plan_names levels = {
	.names = (const struct plan_short[]){ PLAN_SHORT("LogAlways"),
	    PLAN_SHORT("Critical"), PLAN_SHORT("Error"), PLAN_SHORT("Warning"),
	    PLAN_SHORT("Information"), PLAN_SHORT("Verbose") },
	.n = 6,
	.mask = UINT64_MAX
};

/* --- processes and files ------------------------------------------------- */

/* Returns the part of a path after the last backslash; a character has `step`
 * bytes. */
static struct span
file_name(struct span path, size_t step)
{
	size_t at = path.n / step * step;

	while (at > 0 && (path.p[at - step] != '\\' ||
			     (step == 2 && path.p[at - 1] != 0)))
		at -= step;
	return span_skip(path, at);
}

struct span
computed_columns_file_name_utf16(struct span path)
{
	return file_name(path, 2);
}

void
computed_columns_file_name(struct buf *out, const struct value *path)
{
	struct value name = *path;

	if (value_is_text(path)) {
		const struct span s = file_name(
		    value_bytes(path), path->type == VALUE_WSTRING ? 2 : 1);
		name.p = s.p;
		name.n = (uint32_t)s.n;
	}
	column_value_put(out, &name);
}

/* Append Process. ProcessName and AppLocker's FilePath were seen; it is
 * inferred that NewProcessName comes first. */
static void
compile_process(struct plan *p, const struct schema_event *ev)
{
	static const struct plan_check file = {
		.part = computed_columns_file_name_utf16,
		.clean = column_value_is_clean,
		.mend = column_value_mend,
		.put = computed_columns_file_name
	};
	const struct node *n = event_field_of(ev, "NewProcessName");

	if (n == NULL)
		n = event_field_of(ev, "ProcessName");
	if (n == NULL)
		n = event_field_find_applocker(ev->system, SPAN("FilePath"));
	const struct node *const leaf = tree_leaf(n);
	/* An empty field is an empty name, whether it has a value or not. */
	if (n == NULL || (leaf == NULL && n->kids != NULL))
		return;
	plan_next_member(p, "Process");
	plan_literal(p, "\"");
	if (leaf != NULL)
		plan_checked(p, leaf, ev->tree, &file);
	plan_literal(p, "\"");
}

/* --- EventData ----------------------------------------------------------- */

/* The connector leaves EventData out for events whose fields all have columns.
 * Fields that no column can have, unnamed and repeated ones, are never left
 * out. */
static void
compile_data(struct plan *p, const struct schema_event *ev)
{
	static const uint16_t in_columns[] = { 4624, 4625, 4648, 4662, 4672 };
	const enum schema_eventdata when = ev->options->eventdata;
	bool left_out = when == SCHEMA_EVENTDATA_NEVER;

	for (size_t i = 0; i < LENGTH(in_columns); i++) {
		if (when == SCHEMA_EVENTDATA_CONNECTOR &&
		    in_columns[i] == ev->id)
			left_out = event_field_all_differ(ev->system, ev->tree);
	}
	if (ev->system->data == NULL || left_out)
		return;
	plan_next_member(p, "EventData");
	plan_literal(p, "\"");
	xml_writer_event_data(p, ev->system->data, ev->tree);
	plan_literal(p, "\"");
}

/* ------------------------------------------------------------------------- */

void
computed_columns_compile(
    struct plan *p, const char *column, const struct schema_event *ev)
{
	static const struct {
		const char *column;
		void (*compile)(struct plan *p, const struct schema_event *ev);
	} rules[] = {
		{ "Account", account_columns_compile },
		{ "EventData", compile_data },
		{ "Activity", compile_activity },
		{ "Process", compile_process },
		{ "SubjectAccount", account_columns_compile_subject },
		{ "TargetAccount", account_columns_compile_target },
	};
	static const char *const applocker[] = { "FileHash", "FilePath", "Fqbn",
		"TargetUser" };

	for (size_t i = 0; i < LENGTH(rules); i++) {
		if (strcmp(rules[i].column, column) == 0)
			rules[i].compile(p, ev);
	}
	if (strcmp(column, "LogonTypeName") == 0) {
		const struct node *const type =
		    tree_leaf(event_field_of(ev, "LogonType"));
		if (type == NULL ||
		    value_is_empty(tree_value(type, ev->tree->values)))
			return;
		plan_next_member(p, column);
		plan_literal(p, "\"");
		plan_value(p, type, put_logon_type);
		plan_literal(p, "\"");
	}
	if (strcmp(column, "EventLevelName") == 0 &&
	    schema_event_has(ev, SYSTEM_LEVEL)) {
		plan_next_member(p, column);
		plan_literal(p, "\"");
		plan_number_name(
		    p, ev->system->field[SYSTEM_LEVEL], ev->tree, &levels);
		plan_literal(p, "\"");
	}
	for (size_t i = 0; i < LENGTH(applocker); i++) {
		if (strcmp(applocker[i], column) != 0)
			continue;
		const struct node *const n =
		    event_field_find_applocker(ev->system, span_str(column));
		if (n == NULL)
			return;
		plan_next_member(p, column);
		column_value_content(p, n->kids, ev->tree);
	}
}
