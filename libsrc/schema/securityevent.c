/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `securityevent` schema: a row of the SecurityEvent table. Columns come
 * in the order of the table; five are always there, the others only where the
 * event has them.
 */
#include "schema/activity.h"
#include "schema/origin.h"
#include "schema/schema.h"
#include "schema/table.h"
#include "util/num.h"

static void
put_quoted(struct buf *out, const struct value *v)
{
	buf_byte(out, '"');
	value_json(out, v);
	buf_byte(out, '"');
}

/* A GUID loses its braces and is lower case, also where the event has it as
 * text. */
static bool
put_guid(struct buf *out, const struct value *v)
{
	uint8_t bytes[NUM_GUID_BYTES];
	const size_t start = out->n;

	value_json(out, v);
	const struct span s = span_of(out->p + start, out->n - start);
	const bool bare = v->type == VALUE_GUID;
	if (out->full || (!bare && s.n != 38) || !num_parse_guid(s, bytes))
		return false;
	buf_cut(out, start);
	uint8_t *const w = buf_room(out, NUM_GUID_MAX);
	if (w != NULL)
		out->n += (size_t)(num_guid(w, bytes, false) - w);
	return true;
}

/* The connector shows a line end inside a value as one blank; value_json has
 * written it as four characters. */
static void
fold_line_ends(struct buf *out, size_t start)
{
	size_t w = start;

	for (size_t i = start; i < out->n; i++) {
		if (out->n - i >= 4 && memcmp(out->p + i, "\\r\\n", 4) == 0) {
			out->p[w++] = ' ';
			i += 3;
		} else {
			/* The character behind a backslash is its own. */
			if (out->p[i] == '\\' && i + 1 < out->n)
				out->p[w++] = out->p[i++];
			out->p[w++] = out->p[i];
		}
	}
	out->n = w;
}

static void
put_string(struct buf *out, const struct value *v)
{
	buf_byte(out, '"');
	const size_t start = out->n;
	if (!put_guid(out, v) && value_is_text(v))
		fold_line_ends(out, start);
	buf_byte(out, '"');
}

/* Integer columns have 32 bits; larger unsigned numbers (0xc000006d) are the
 * same bits. What is no number is null. */
static void
put_int(struct buf *out, const struct value *v)
{
	uint8_t text[NUM_DEC_MAX];
	int64_t n;

	if (!value_i64(v, &n) || n < INT32_MIN || n > UINT32_MAX) {
		buf_str(out, "null");
		return;
	}
	if (n > INT32_MAX)
		n -= INT64_C(1) << 32;
	buf_put(out, span_of(text, (size_t)(num_i64(text, n) - text)));
}

static void
put_activity(struct buf *out, const struct value *v)
{
	const char *text;
	uint64_t id;

	buf_byte(out, '"');
	value_json(out, v);
	text = value_u64(v, &id) ? activity_text(id) : NULL;
	if (text != NULL) {
		buf_str(out, " - ");
		buf_str(out, text);
	}
	buf_byte(out, '"');
}

/* {guid} in lower case, as rows show it. */
static void
put_correlation(struct buf *out, const struct value *v)
{
	buf_str(out, "\"{");
	(void)put_guid(out, v);
	buf_str(out, "}\"");
}

/* The columns of the System head. Those that are always there have a text for
 * when the event has none. */
static const struct from_head {
	const char *column;
	enum head_field field;
	void (*put)(struct buf *out, const struct value *v);
	const char *absent;
} from_head[] = {
	{ "Computer", HEAD_COMPUTER, put_quoted, "\"\"" },
	{ "EventSourceName", HEAD_PROVIDER, put_quoted, NULL },
	{ "Channel", HEAD_CHANNEL, put_quoted, "\"\"" },
	{ "Task", HEAD_TASK, put_int, NULL },
	{ "Level", HEAD_LEVEL, put_quoted, NULL },
	{ "EventID", HEAD_EVENT_ID, put_int, "\"\"" },
	{ "Activity", HEAD_EVENT_ID, put_activity, "\"\"" },
	{ "Version", HEAD_VERSION, put_int, NULL },
	{ "Opcode", HEAD_OPCODE, put_quoted, NULL },
	{ "Keywords", HEAD_KEYWORDS, put_quoted, NULL },
	{ "Correlation", HEAD_ACTIVITY_ID, put_correlation, NULL },
	{ "SystemProcessId", HEAD_PROCESS_ID, put_int, NULL },
	{ "SystemThreadId", HEAD_THREAD_ID, put_int, NULL },
	{ "EventRecordId", HEAD_RECORD_ID, put_quoted, NULL },
	{ "SystemUserId", HEAD_USER_ID, put_quoted, "\"N/A\"" },
};

static const struct from_head *
find_head(struct span column)
{
	for (size_t i = 0; i < sizeof(from_head) / sizeof(*from_head); i++) {
		if (span_eq(span_str(from_head[i].column), column))
			return &from_head[i];
	}
	return NULL;
}

static void
column_name(struct plan *p, const struct column *c)
{
	plan_lit(p, ",\"");
	plan_lit(p, c->name);
	plan_lit(p, "\":");
}

/* The fields of an event: the Data of EventData, or the elements inside the
 * one element of UserData. */
static const struct node *
first_field(const struct head *h)
{
	const struct node *n = h->data == NULL ? NULL : h->data->kids;

	if (n == NULL || span_eq(h->data->name, SPAN("EventData")))
		return n;
	while (n != NULL && n->kind != NODE_ELEMENT)
		n = n->next;
	return n == NULL ? NULL : n->kids;
}

static struct span
field_name(const struct node *field, const struct tree *t)
{
	const struct node *const leaf =
	    tree_leaf(tree_attr(field, SPAN("Name")));

	if (leaf == NULL)
		return field->name;
	return value_bytes(tree_value(leaf, t->values));
}

static const struct node *
find_field(const struct head *h, struct span name, const struct tree *t)
{
	const struct node *n = first_field(h);

	while (n != NULL &&
	       (n->kind != NODE_ELEMENT || !span_eq(field_name(n, t), name)))
		n = n->next;
	return n;
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
compile_field(struct plan *p, const struct column *c, const struct tree *t,
    const struct head *h)
{
	const struct node *const n = find_field(h, span_str(c->name), t);
	const struct node *const leaf = tree_leaf(n);

	if (n == NULL)
		return;
	if (!has_value(leaf, t)) {
		if (c->type != COLUMN_STRING)
			return;
		column_name(p, c);
		plan_lit(p, "\"\"");
		return;
	}
	column_name(p, c);
	plan_leaf(p, leaf, c->type == COLUMN_INT ? put_int : put_string);
}

static void
compile_head(struct plan *p, const struct column *c, const struct tree *t,
    const struct head *h)
{
	const struct from_head *const from = find_head(span_str(c->name));

	/* What the service fills, and what is written already, no event may
	 * bring. */
	if (from == NULL) {
		if (c->kind == COLUMN_DERIVED)
			compile_field(p, c, t, h);
		return;
	}
	const bool there = head_value(h, from->field, t->values) != NULL;
	if (!there && from->absent == NULL)
		return;
	column_name(p, c);
	if (there)
		plan_leaf(p, h->field[from->field], from->put);
	else
		plan_lit(p, from->absent);
}

static void
compile_securityevent(struct plan *p, const struct schema_event *ev)
{
	const struct tree *const t = ev->tree;
	const struct head *const h = ev->head;

	plan_lit(p, "{\"TimeGenerated\":\"");
	plan_op(p, PLAN_TIME);
	plan_lit(p, "\"");
	for (size_t i = 0; i < table_securityevent.n; i++) {
		const struct column *const c = &table_securityevent.columns[i];
		if (c->kind == COLUMN_IDENTITY)
			compile_field(p, c, t, h);
		else
			compile_head(p, c, t, h);
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
	.compile = compile_securityevent,
};
