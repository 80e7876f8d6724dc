/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "event/canonical.h"
#include "schema/event_key.h"
#include "util/num.h"
#include "util/text.h"

#define PART_END 0x1f
#define ELEMENT_START 0x02
#define ELEMENT_END 0x03

static void
byte(struct plan *p, uint8_t c)
{
	buf_byte(&p->lits, c);
}

static void
name(struct plan *p, struct span s)
{
	text_utf8_json(&p->lits, s);
	byte(p, PART_END);
}

static bool
stays(struct span s, size_t units)
{
	(void)units;
	return canonical_is_final(s);
}

static const struct plan_check canonical_text = {
	.clean = stays,
	.mend = canonical_rewrite,
	.put = canonical_put,
};

/* A value in its canonical form; the tree tells its type. */
static void
canonical(struct plan *p, const struct node *leaf, const struct tree *t)
{
	const enum plan_op_kind kind =
	    leaf->kind == NODE_SUBSTITUTION
		? plan_kind(tree_value(leaf, t->values))
		: PLAN_VALUE;

	if (kind == PLAN_VALUE || kind == PLAN_WSTRING)
		plan_checked(p, leaf, t, &canonical_text);
	else
		plan_scalar(p, leaf, canonical_put,
		    kind == PLAN_GUID ? PLAN_GUID_LOWER : kind);
}

static void
leaves(struct plan *p, const struct node *kids, const struct tree *t)
{
	for (; kids != NULL; kids = kids->next) {
		if (kids->kind != NODE_ELEMENT)
			canonical(p, kids, t);
	}
}

/* Namespaces are how a copy was written, not what happened; a null attribute
 * is not there at all. */
static bool
counts(const struct node *attr, const struct value *values)
{
	const struct node *const leaf = tree_leaf(attr);

	if (span_starts(attr->name, SPAN("xmlns")))
		return false;
	return leaf == NULL || tree_value(leaf, values)->type != VALUE_NULL;
}

/* An array stands for an element per item. Only the unnamed Data of an event
 * keep their arrays in the tree. */
static void
put_items(struct buf *out, const struct value *array)
{
	struct value item = { .p = NULL };
	bool more = value_next(array, &item);

	for (bool first = true; more || first; first = false) {
		buf_put(out, SPAN("Data\x1f\x02"));
		if (more)
			canonical_put(out, &item);
		buf_put(out, SPAN("\x1f\x03"));
		more = more && value_next(array, &item);
	}
}

/* Data without a name are told apart by their position, so that an empty one
 * counts. One that is null does not: libevtx leaves it out. */
static bool
is_unnamed(const struct node *n, const struct value *values)
{
	const struct node *const name = tree_attr(n, SPAN("Name"));
	const struct node *const leaf = tree_leaf(name);

	if (n->kids == NULL || !span_eq(n->name, SPAN("Data")))
		return false;
	return name == NULL || name->kids == NULL ||
	       (leaf != NULL && value_is_empty(tree_value(leaf, values)));
}

/* Nothing, null and an empty text are one: a copy may leave such an element
 * out. What has attributes other than a name, or unnamed Data, is something. */
static bool
holds_nothing(const struct node *n, const struct value *values)
{
	for (const struct node *a = n->attrs; a != NULL; a = a->next) {
		if (counts(a, values) && !span_eq(a->name, SPAN("Name")))
			return false;
	}
	for (const struct node *k = n->kids; k != NULL; k = k->next) {
		if (k->kind != NODE_ELEMENT
			? tree_value(k, values)->n != 0
			: is_unnamed(k, values) || !holds_nothing(k, values))
			return false;
	}
	return true;
}

static void
element(struct plan *p, const struct node *n, const struct tree *t)
{
	const struct value *const values = t->values;
	const struct node *const array = tree_array(n, values);

	if (array != NULL) {
		plan_value(p, array, put_items);
		return;
	}
	if (!is_unnamed(n, values) && holds_nothing(n, values))
		return;
	name(p, n->name);
	byte(p, ELEMENT_START);
	for (const struct node *a = n->attrs; a != NULL; a = a->next) {
		if (!counts(a, values))
			continue;
		name(p, a->name);
		leaves(p, a->kids, t);
		byte(p, PART_END);
	}
	leaves(p, n->kids, t);
	byte(p, PART_END);
	for (const struct node *k = n->kids; k != NULL; k = k->next) {
		if (k->kind == NODE_ELEMENT)
			element(p, k, t);
	}
	byte(p, ELEMENT_END);
}

/* --- the head ------------------------------------------------------------- */

/* An empty text is as good as no number. */
static void
put_number(struct buf *out, const struct value *v)
{
	uint8_t text[NUM_DEC_MAX];
	uint64_t n = 0;

	if (!value_is_empty(v) && !value_u64(v, &n)) {
		canonical_put(out, v);
		return;
	}
	buf_put(out, span_of(text, (size_t)(num_u64(text, n) - text)));
}

static void
put_hex(struct buf *out, const struct value *v)
{
	uint8_t *const w = buf_room(out, NUM_HEX_MAX);
	uint64_t n = 0;

	if (!value_is_empty(v) && !value_u64(v, &n))
		canonical_put(out, v);
	else if (w != NULL)
		out->n += (size_t)(num_hex(w, n) - w);
}

/* In units of 100 ns, which is shorter than a date. */
static void
put_time(struct buf *out, const struct value *v)
{
	uint8_t *const w = buf_room(out, NUM_HEX_MAX);
	uint64_t time;

	if (!value_time(v, &time))
		canonical_put(out, v);
	else if (w != NULL)
		out->n += (size_t)(num_hex(w, time) - w);
}

/* How a field of the System head is written. */
struct part {
	plan_put_fn *put;
	const char *absent;
	enum system_field field;

	/* The operation for values of this type and size, if not a call. */
	enum value_type type;
	enum plan_op_kind kind;
	uint8_t size;
};

static void
head_part(struct plan *p, const struct part *part,
    const struct system_fields *h, const struct tree *t)
{
	const struct node *const leaf = h->field[part->field];
	const struct value *const v =
	    system_fields_value(h, part->field, t->values);

	if (v == NULL)
		plan_literal(p, part->absent);
	else if (part->put == canonical_put)
		canonical(p, leaf, t);
	else if (part->size != 0 && v->type == part->type && v->n == part->size)
		plan_scalar(p, leaf, part->put, part->kind);
	else
		plan_value(p, leaf, part->put);
	byte(p, PART_END);
}

#define TEXT(field) \
	{ \
		canonical_put, "", field, VALUE_NULL, PLAN_VALUE, 0 \
	}
#define NUMBER(field, type, size) \
	{ \
		put_number, "0", field, type, PLAN_UNSIGNED, size \
	}

static const struct part parts[] = {
	TEXT(SYSTEM_CHANNEL),
	TEXT(SYSTEM_COMPUTER),
	TEXT(SYSTEM_PROVIDER),
	NUMBER(SYSTEM_EVENT_ID, VALUE_U16, 2),
	NUMBER(SYSTEM_QUALIFIERS, VALUE_U16, 2),
	NUMBER(SYSTEM_VERSION, VALUE_U8, 1),
	NUMBER(SYSTEM_LEVEL, VALUE_U8, 1),
	NUMBER(SYSTEM_TASK, VALUE_U16, 2),
	NUMBER(SYSTEM_OPCODE, VALUE_U8, 1),
	{ put_hex, "0x0", SYSTEM_KEYWORDS, VALUE_HEX64, PLAN_HEX, 8 },
	{ put_number, "", SYSTEM_RECORD_ID, VALUE_U64, PLAN_UNSIGNED, 8 },
	{ put_time, "", SYSTEM_TIME, VALUE_FILETIME, PLAN_HEX, 8 },
};

void
event_key_compile(
    struct plan *p, const struct tree *t, const struct system_fields *h)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		head_part(p, &parts[i], h, t);
	if (h->data != NULL)
		element(p, h->data, t);
	plan_finish(p);
}

bool
event_key_identifies(const struct system_fields *h, const struct value *values)
{
	const struct value *const time =
	    system_fields_value(h, SYSTEM_TIME, values);
	const struct value *const id =
	    system_fields_value(h, SYSTEM_RECORD_ID, values);

	return id != NULL && !value_is_empty(id) && time != NULL &&
	       !value_is_empty(time) && value_has_time(time);
}

void
event_key_hex(const uint8_t sum[DIGEST_BYTES], char key[PLAN_KEY_HEX + 1])
{
	digest_hex(sum, PLAN_KEY_HEX / 2, key);
}
