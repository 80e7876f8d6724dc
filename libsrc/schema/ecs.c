/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `ecs` schema: a document with the names and types of winlogbeat
 * (elastic/beats, winlogbeat/_meta/fields.common.yml), for Elasticsearch. It
 * lacks what winlogbeat asks Windows for on the computer: messages, and names
 * of tasks and accounts.
 */
#include <string.h>

#include "schema/column_value.h"
#include "schema/ecs_security.h"
#include "schema/event_field.h"
#include "schema/field_object.h"
#include "schema/provenance.h"
#include "schema/schema.h"
#include "schema/table.h"
#include "schema/table_row.h"

/* --- values -------------------------------------------------------------- */

/* The names that winlogbeat uses for the numbers that all providers share. */
static const struct plan_names levels = {
	.names = (const struct plan_short[]){ PLAN_SHORT("information"),
	    PLAN_SHORT("critical"), PLAN_SHORT("error"), PLAN_SHORT("warning"),
	    PLAN_SHORT("information"), PLAN_SHORT("verbose") },
	.n = 6,
	.mask = UINT64_MAX,
	.or_number = true
};

static const struct plan_names opcodes = {
	.names = (const struct plan_short[]){ PLAN_SHORT("Info"),
	    PLAN_SHORT("Start"), PLAN_SHORT("Stop"), PLAN_SHORT("DCStart"),
	    PLAN_SHORT("DCStop"), PLAN_SHORT("Extension"), PLAN_SHORT("Reply"),
	    PLAN_SHORT("Resume"), PLAN_SHORT("Suspend"), PLAN_SHORT("Send") },
	.n = 10,
	.mask = UINT64_MAX,
	.or_number = true
};

/* The outcome by two bits of Keywords: 52 is a failed audit, 53 a successful
 * one. */
static const struct plan_names outcomes = {
	.names = (const struct plan_short[]){ PLAN_SHORT("unknown"),
	    PLAN_SHORT("failure"), PLAN_SHORT("success"),
	    PLAN_SHORT("failure") },
	.n = 4,
	.shift = 52,
	.mask = 3,
	.or_first = true
};

/* Put a list of the names of those bits of Keywords that all providers share.
 */
static void
put_keywords(struct buf *out, const struct value *v)
{
	static const struct plan_short names[] = {
		PLAN_SHORT(",\"Response Time\""), PLAN_SHORT(""),
		PLAN_SHORT(",\"WDI Diag\""), PLAN_SHORT(",\"SQM\""),
		PLAN_SHORT(",\"Audit Failure\""),
		PLAN_SHORT(",\"Audit Success\""),
		PLAN_SHORT(",\"Correlation Hint\""), PLAN_SHORT(",\"Classic\"")
	};
	uint8_t *const start = buf_room(out, sizeof(names));
	uint8_t *w = start;
	uint64_t bits = 0;

	if (start == NULL)
		return;
	(void)value_u64(v, &bits);
	bits = bits >> 48 & 0xff;
	for (; bits != 0; bits &= bits - 1) {
		const struct plan_short *const name =
		    &names[__builtin_ctzll(bits)];
		memcpy(w, name->text, sizeof(name->text));
		w += name->n;
	}
	/* The bracket replaces the first comma. */
	*start = '[';
	w += w == start ? 1 : 0;
	*w++ = ']';
	out->n += (size_t)(w - start);
}

static void
compile_guid(struct plan *p, const struct node *leaf, const struct tree *t)
{
	const bool guid = tree_value(leaf, t->values)->type == VALUE_GUID;

	plan_literal(p, guid ? "\"{" : "\"");
	plan_text(p, leaf, t);
	plan_literal(p, guid ? "}\"" : "\"");
}

static void
put_long(struct buf *out, const struct value *v)
{
	uint64_t n;

	if (value_u64(v, &n) && n <= INT64_MAX)
		buf_u64(out, n);
	else
		buf_str(out, "null");
}

/* Append a number of Elasticsearch's type long. */
static void
compile_long(struct plan *p, const struct node *leaf, const struct tree *t)
{
	const struct value *const v = tree_value(leaf, t->values);

	if (value_is_number(v) && v->type != VALUE_U64 && v->type != VALUE_BOOL)
		plan_text(p, leaf, t);
	else
		plan_value(p, leaf, put_long);
}

/* --- the document -------------------------------------------------------- */

/* A member that shows a field of the System element, by the name of its number
 * or by one of the functions. */
struct member {
	const char *name;
	enum system_field field;
	void (*compile)(
	    struct plan *p, const struct node *leaf, const struct tree *t);
	plan_put_fn *put;
	const struct plan_names *names;
};

/* Append a member's name, and before it a comma unless it is the first of its
 * object. */
static void
compile_name(struct plan *p, const char *name, bool *comma)
{
	plan_literal(p, *comma ? ",\"" : "\"");
	plan_literal(p, name);
	plan_literal(p, "\":");
	*comma = true;
}

/* Append the member if the event has the field. */
static void
compile_member(struct plan *p, const struct member *m,
    const struct schema_event *ev, bool *comma)
{
	const struct node *const leaf = ev->system->field[m->field];

	if (!schema_event_has(ev, m->field))
		return;
	compile_name(p, m->name, comma);
	if (m->names != NULL) {
		plan_literal(p, "\"");
		plan_number_name(p, leaf, ev->tree, m->names);
		plan_literal(p, "\"");
	} else if (m->put != NULL) {
		plan_value(p, leaf, m->put);
	} else if (m->field != SYSTEM_EVENT_ID ||
		   !table_row_event_id(p, ev, "\"")) {
		m->compile(p, leaf, ev->tree);
	}
}

/* Append an object with one member. */
static void
compile_single(struct plan *p, const char *object, const struct member *m,
    const struct schema_event *ev)
{
	bool comma = false;

	if (!schema_event_has(ev, m->field))
		return;
	plan_next_member(p, object);
	plan_literal(p, "{");
	compile_member(p, m, ev, &comma);
	plan_literal(p, "}");
}

static void
compile_process(struct plan *p, const struct schema_event *ev)
{
	static const struct member pid = { "pid", SYSTEM_PROCESS_ID,
		.compile = compile_long };
	static const struct member tid = { "id", SYSTEM_THREAD_ID,
		.compile = compile_long };
	bool comma = false;

	if (!schema_event_has(ev, SYSTEM_PROCESS_ID) &&
	    !schema_event_has(ev, SYSTEM_THREAD_ID))
		return;
	plan_next_member(p, "process");
	plan_literal(p, "{");
	compile_member(p, &pid, ev, &comma);
	if (schema_event_has(ev, SYSTEM_THREAD_ID)) {
		compile_name(p, "thread", &comma);
		plan_literal(p, "{");
		comma = false;
		compile_member(p, &tid, ev, &comma);
		plan_literal(p, "}");
	}
	plan_literal(p, "}");
}

static void
compile_winlog(struct plan *p, const struct schema_event *ev)
{
	static const struct member members[] = {
		{ "activity_id", SYSTEM_ACTIVITY_ID, .compile = compile_guid },
		{ "channel", SYSTEM_CHANNEL, .compile = column_value_string },
		{ "computer_name", SYSTEM_COMPUTER,
		    .compile = column_value_string },
		{ "event_id", SYSTEM_EVENT_ID, .compile = column_value_string },
		{ "keywords", SYSTEM_KEYWORDS, .put = put_keywords },
		{ "opcode", SYSTEM_OPCODE, .names = &opcodes },
		{ "provider_guid", SYSTEM_PROVIDER_GUID,
		    .compile = compile_guid },
		{ "provider_name", SYSTEM_PROVIDER,
		    .compile = column_value_string },
		{ "record_id", SYSTEM_RECORD_ID,
		    .compile = column_value_string },
		{ "related_activity_id", SYSTEM_RELATED_ACTIVITY_ID,
		    .compile = compile_guid },
		{ "task", SYSTEM_TASK, .compile = column_value_string },
		{ "version", SYSTEM_VERSION, .compile = compile_long },
	};
	static const struct member user = { "identifier", SYSTEM_USER_ID,
		.compile = column_value_string };
	const struct node *const data = ev->system->data;
	bool comma = true;

	plan_literal(p, ",\"winlog\":{\"api\":\"wineventlog\"");
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		compile_member(p, &members[i], ev, &comma);
	compile_process(p, ev);
	compile_single(p, "user", &user, ev);
	if (data != NULL) {
		const bool event_data = span_eq(data->name, SPAN("EventData"));
		const struct field_object how = { .by_position = event_data,
			.elasticsearch = true,
			.element = event_field_body(ev->system) };
		plan_next_member(p, event_data ? "event_data" : "user_data");
		field_object_compile(
		    p, event_field_first(ev->system), ev->tree, &how);
	}
	ecs_security_compile_logon(p, ev);
	plan_op(p, PLAN_TIME_CREATED);
	plan_literal(p, "}");
}

static void
compile_ecs(struct plan *p, const struct schema_event *ev)
{
	static const struct member host = { "name", SYSTEM_COMPUTER,
		.compile = column_value_string };
	static const struct member log = { "level", SYSTEM_LEVEL,
		.names = &levels };
	static const struct member event[] = {
		{ "code", SYSTEM_EVENT_ID, .compile = column_value_string },
		{ "outcome", SYSTEM_KEYWORDS, .names = &outcomes },
		{ "provider", SYSTEM_PROVIDER, .compile = column_value_string },
	};
	bool comma = true;

	plan_literal(p, "{\"@timestamp\":\"");
	plan_op(p, PLAN_TIME);
	plan_literal(p, "\",\"ecs\":{\"version\":\"8.0.0\"}");
	plan_literal(p, ",\"event\":{\"kind\":\"event\"");
	for (size_t i = 0; i < sizeof(event) / sizeof(*event); i++)
		compile_member(p, &event[i], ev, &comma);
	if (ev->options->provenance != SCHEMA_PROVENANCE_NONE)
		provenance_compile_key(p, ",\"id\":\"");
	plan_literal(p, "}");
	compile_single(p, "host", &host, ev);
	compile_single(p, "log", &log, ev);
	compile_winlog(p, ev);
	ecs_security_compile(p, ev);
	plan_op(p, PLAN_TIME_SOURCE);
	if (ev->options->provenance == SCHEMA_PROVENANCE_FULL)
		plan_op(p, PLAN_PROVENANCE);
	plan_literal(p, "}");
	plan_finish(p);
}

const struct schema schema_ecs = {
	.name = "ecs",
	.table = &table_ecs,
	.default_provenance = SCHEMA_PROVENANCE_KEY,
	.by_id = true,
	.remembers = true,
	.limit_layout = VALUE_LIMIT_DOCUMENT,
	.compile = compile_ecs,
};
