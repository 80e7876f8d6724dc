/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `ecs` schema: a document with the names and types of winlogbeat
 * (elastic/beats, winlogbeat/_meta/fields.common.yml), for Elasticsearch. What
 * winlogbeat asks Windows for on the machine (messages, names of tasks and of
 * accounts) is not there.
 */
#include "schema/column_value.h"
#include "schema/ecs_security.h"
#include "schema/event_field.h"
#include "schema/field_object.h"
#include "schema/provenance.h"
#include "schema/schema.h"
#include "schema/table.h"
#include "schema/table_row.h"
#include "util/num.h"

#define AUDIT_FAILURE (UINT64_C(1) << 52)
#define AUDIT_SUCCESS (UINT64_C(1) << 53)
#define KEYWORDS_SHARED (UINT64_C(0xff) << 48) /* of all providers */

/* A member that shows a field of the System head; commas go before those that
 * are not the first in their object. */
struct member {
	const char *name;
	enum system_field field;
	void (*cell)(
	    struct plan *p, const struct node *leaf, const struct tree *t);
};

static void
name(struct plan *p, const char *text, bool *comma)
{
	plan_lit(p, *comma ? ",\"" : "\"");
	plan_lit(p, text);
	plan_lit(p, "\":");
	*comma = true;
}

static bool
has(const struct schema_event *ev, enum system_field field)
{
	return system_fields_value(ev->head, field, ev->tree->values) != NULL;
}

static void
member(struct plan *p, const struct member *m, const struct schema_event *ev,
    bool *comma)
{
	if (!has(ev, m->field))
		return;
	name(p, m->name, comma);
	if (m->field == SYSTEM_EVENT_ID && table_row_event_id(p, ev, "\""))
		return;
	m->cell(p, ev->head->field[m->field], ev->tree);
}

/* --- names for numbers --------------------------------------------------- */

static void
put_number(struct buf *out, uint64_t n)
{
	uint8_t *const w = buf_room(out, NUM_DEC_MAX);

	if (w != NULL)
		out->n += (size_t)(num_u64(w, n) - w);
}

/* The names that winlogbeat has for what every provider shares. */
static const struct plan_name level_names[] = { PLAN_NAMED("information"),
	PLAN_NAMED("critical"), PLAN_NAMED("error"), PLAN_NAMED("warning"),
	PLAN_NAMED("information"), PLAN_NAMED("verbose") };
static const struct plan_names levels = { level_names,
	sizeof(level_names) / sizeof(*level_names), true };

static const struct plan_name opcode_names[] = { PLAN_NAMED("Info"),
	PLAN_NAMED("Start"), PLAN_NAMED("Stop"), PLAN_NAMED("DCStart"),
	PLAN_NAMED("DCStop"), PLAN_NAMED("Extension"), PLAN_NAMED("Reply"),
	PLAN_NAMED("Resume"), PLAN_NAMED("Suspend"), PLAN_NAMED("Send") };
static const struct plan_names opcodes = { opcode_names,
	sizeof(opcode_names) / sizeof(*opcode_names), true };

static void
put_level(struct buf *out, const struct value *v)
{
	plan_put_name(out, &levels, v);
}

static void
put_opcode(struct buf *out, const struct value *v)
{
	plan_put_name(out, &opcodes, v);
}

static void
put_keywords(struct buf *out, const struct value *v)
{
	static const char *const names[] = { "Response Time", NULL, "WDI Diag",
		"SQM", "Audit Failure", "Audit Success", "Correlation Hint",
		"Classic" };
	uint64_t bits = 0;
	bool comma = false;

	(void)value_u64(v, &bits);
	if ((bits & KEYWORDS_SHARED) == AUDIT_SUCCESS) {
		buf_put(out, SPAN("[\"Audit Success\"]"));
		return;
	}
	buf_byte(out, '[');
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (names[i] == NULL || (bits >> (48 + i) & 1) == 0)
			continue;
		buf_str(out, comma ? ",\"" : "\"");
		buf_str(out, names[i]);
		buf_byte(out, '"');
		comma = true;
	}
	buf_byte(out, ']');
}

static void
put_outcome(struct buf *out, const struct value *v)
{
	uint64_t bits;

	if (!value_u64(v, &bits))
		bits = 0;
	buf_put(out, (bits & AUDIT_FAILURE) != 0   ? SPAN("failure")
		     : (bits & AUDIT_SUCCESS) != 0 ? SPAN("success")
						   : SPAN("unknown"));
}

/* --- cells --------------------------------------------------------------- */

static void
guid(struct plan *p, const struct node *leaf, const struct tree *t)
{
	const bool bare = tree_value(leaf, t->values)->type == VALUE_GUID;

	plan_lit(p, bare ? "\"{" : "\"");
	plan_text(p, leaf, t);
	plan_lit(p, bare ? "}\"" : "\"");
}

static void
put_long(struct buf *out, const struct value *v)
{
	uint64_t n;

	if (value_u64(v, &n) && n <= INT64_MAX)
		put_number(out, n);
	else
		buf_str(out, "null");
}

/* A string that the document may have twice. */
static void
again(struct plan *p, const struct node *leaf, const struct tree *t)
{
	plan_lit(p, "\"");
	plan_again(p, leaf, t);
	plan_lit(p, "\"");
}

static void
number(struct plan *p, const struct node *leaf, const struct tree *t)
{
	const struct value *const v = tree_value(leaf, t->values);

	if (value_is_number(v) && v->type != VALUE_U64 && v->type != VALUE_BOOL)
		plan_text(p, leaf, t);
	else
		plan_leaf(p, leaf, put_long);
}

static void
keywords(struct plan *p, const struct node *leaf, const struct tree *t)
{
	plan_usual(p, leaf, t, put_keywords);
}

static void
opcode(struct plan *p, const struct node *leaf, const struct tree *t)
{
	plan_lit(p, "\"");
	plan_named(p, leaf, t, put_opcode, &opcodes);
	plan_lit(p, "\"");
}

static void
level(struct plan *p, const struct node *leaf, const struct tree *t)
{
	plan_lit(p, "\"");
	plan_named(p, leaf, t, put_level, &levels);
	plan_lit(p, "\"");
}

static void
outcome(struct plan *p, const struct node *leaf, const struct tree *t)
{
	plan_lit(p, "\"");
	plan_usual(p, leaf, t, put_outcome);
	plan_lit(p, "\"");
}

/* --- the document -------------------------------------------------------- */

static void
compile_event(struct plan *p, const struct schema_event *ev)
{
	static const struct member members[] = {
		{ "code", SYSTEM_EVENT_ID, column_value_string },
		{ "outcome", SYSTEM_KEYWORDS, outcome },
		{ "provider", SYSTEM_PROVIDER, column_value_string },
	};
	bool comma = true;

	plan_lit(p, ",\"event\":{\"kind\":\"event\"");
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		member(p, &members[i], ev, &comma);
	if (ev->options->provenance != SCHEMA_PROVENANCE_NONE)
		provenance_compile_key(p, ",\"id\":\"");
	plan_lit(p, "}");
}

/* An object of one member. */
static void
compile_single(struct plan *p, const char *object, const struct member *m,
    const struct schema_event *ev)
{
	bool comma = true;

	if (!has(ev, m->field))
		return;
	name(p, object, &comma);
	plan_lit(p, "{");
	comma = false;
	member(p, m, ev, &comma);
	plan_lit(p, "}");
}

static void
compile_process(struct plan *p, const struct schema_event *ev, bool *comma)
{
	static const struct member pid = { "pid", SYSTEM_PROCESS_ID, number };
	static const struct member tid = { "id", SYSTEM_THREAD_ID, number };
	bool inside = false;

	if (!has(ev, SYSTEM_PROCESS_ID) && !has(ev, SYSTEM_THREAD_ID))
		return;
	name(p, "process", comma);
	plan_lit(p, "{");
	member(p, &pid, ev, &inside);
	if (has(ev, SYSTEM_THREAD_ID)) {
		name(p, "thread", &inside);
		plan_lit(p, "{");
		inside = false;
		member(p, &tid, ev, &inside);
		plan_lit(p, "}");
	}
	plan_lit(p, "}");
}

static void
compile_fields(struct plan *p, const struct schema_event *ev, bool *comma)
{
	const struct system_fields *const h = ev->head;

	if (h->data == NULL)
		return;
	const bool data = span_eq(h->data->name, SPAN("EventData"));
	const struct field_object how = {
		.places = data, .elastic = true, .element = event_field_body(h)
	};
	name(p, data ? "event_data" : "user_data", comma);
	field_object_compile(p, event_field_first(h), ev->tree, &how);
}

static void
compile_winlog(struct plan *p, const struct schema_event *ev)
{
	static const struct member members[] = {
		{ "activity_id", SYSTEM_ACTIVITY_ID, guid },
		{ "channel", SYSTEM_CHANNEL, column_value_string },
		{ "computer_name", SYSTEM_COMPUTER, again },
		{ "event_id", SYSTEM_EVENT_ID, column_value_string },
		{ "keywords", SYSTEM_KEYWORDS, keywords },
		{ "opcode", SYSTEM_OPCODE, opcode },
		{ "provider_guid", SYSTEM_PROVIDER_GUID, guid },
		{ "provider_name", SYSTEM_PROVIDER, again },
		{ "record_id", SYSTEM_RECORD_ID, column_value_string },
		{ "related_activity_id", SYSTEM_RELATED_ACTIVITY_ID, guid },
		{ "task", SYSTEM_TASK, column_value_string },
		{ "version", SYSTEM_VERSION, number },
	};
	static const struct member user = { "identifier", SYSTEM_USER_ID,
		column_value_string };
	bool comma = true;

	plan_lit(p, ",\"winlog\":{\"api\":\"wineventlog\"");
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		member(p, &members[i], ev, &comma);
	compile_process(p, ev, &comma);
	compile_single(p, "user", &user, ev);
	compile_fields(p, ev, &comma);
	ecs_security_compile_logon(p, ev);
	plan_op(p, PLAN_TIME_CREATED);
	plan_lit(p, "}");
}

static void
compile_ecs(struct plan *p, const struct schema_event *ev)
{
	static const struct member host = { "name", SYSTEM_COMPUTER,
		column_value_string };
	static const struct member log = { "level", SYSTEM_LEVEL, level };

	plan_lit(p, "{\"@timestamp\":\"");
	plan_op(p, PLAN_TIME);
	plan_lit(p, "\",\"ecs\":{\"version\":\"8.0.0\"}");
	compile_event(p, ev);
	compile_single(p, "host", &host, ev);
	compile_single(p, "log", &log, ev);
	compile_winlog(p, ev);
	ecs_security_compile(p, ev);
	plan_op(p, PLAN_TIME_SOURCE);
	if (ev->options->provenance == SCHEMA_PROVENANCE_FULL)
		plan_op(p, PLAN_PROVENANCE);
	plan_lit(p, "}");
	plan_end(p);
}

const struct schema schema_ecs = {
	.name = "ecs",
	.table = &table_ecs,
	.usual = SCHEMA_PROVENANCE_KEY,
	.by_id = true,
	.shape = VALUE_LIMIT_DOCUMENT,
	.compile = compile_ecs,
};
