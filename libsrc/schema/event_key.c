/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "event/canonical.h"
#include "schema/event_key.h"
#include "util/num.h"
#include "util/text.h"

#define PART_END 0x1f
#define ELEMENT_START 0x02
#define ELEMENT_END 0x03

static bool
is_final(struct span json, size_t units)
{
	(void)units;
	return canonical_is_final(json);
}

/* Append a value in its canonical form. */
static void
compile_value(struct plan *p, const struct node *leaf, const struct tree *t)
{
	static const struct plan_check text = { .clean = is_final,
		.mend = canonical_rewrite,
		.put = canonical_put };
	const enum plan_op_kind kind = plan_kind(tree_value(leaf, t->values));

	if (kind == PLAN_VALUE || kind == PLAN_WSTRING)
		plan_checked(p, leaf, t, &text);
	else
		plan_scalar(p, leaf, canonical_put,
		    kind == PLAN_GUID ? PLAN_GUID_LOWER : kind);
}

/* --- EventData and UserData ----------------------------------------------- */

/* Compile one part from the leaves of an element or attribute. */
static void
compile_leaves(struct plan *p, const struct node *kids, const struct tree *t)
{
	for (; kids != NULL; kids = kids->next) {
		if (kids->kind != NODE_ELEMENT)
			compile_value(p, kids, t);
	}
	buf_byte(&p->lits, PART_END);
}

static void
compile_name(struct plan *p, struct span name)
{
	text_utf8_json(&p->lits, name);
	buf_byte(&p->lits, PART_END);
}

/* False for namespaces, which depend on how the copy was made, and for null
 * attributes, which copies leave out. */
static bool
attribute_counts(const struct node *attr, const struct value *values)
{
	const struct node *const leaf = tree_leaf(attr);

	if (span_starts(attr->name, SPAN("xmlns")))
		return false;
	return leaf == NULL || tree_value(leaf, values)->type != VALUE_NULL;
}

/* Put an element for each item of an array. Only the unnamed Data of an event
 * have their arrays in the tree. */
static void
put_items(struct buf *out, const struct value *array)
{
	struct value item = { .p = NULL };
	bool more = value_next(array, &item);

	do {
		buf_put(out, SPAN("Data\x1f\x02"));
		if (more)
			canonical_put(out, &item);
		buf_put(out, SPAN("\x1f\x03"));
		more = more && value_next(array, &item);
	} while (more);
}

/* True for Data identified by their position. They count even if they are
 * empty, but not if they have no content at all. */
static bool
is_unnamed_data(const struct node *n, const struct value *values)
{
	const struct node *const name = tree_attr(n, SPAN("Name"));
	const struct node *const leaf = tree_leaf(name);

	if (n->kids == NULL || !span_eq(n->name, SPAN("Data")))
		return false;
	return name == NULL || name->kids == NULL ||
	       (leaf != NULL && value_is_empty(tree_value(leaf, values)));
}

/* True if a copy may lack the element: no content, null and empty text are the
 * same. Attributes other than a name, and unnamed Data, are content. */
static bool
is_empty(const struct node *n, const struct value *values)
{
	for (const struct node *a = n->attrs; a != NULL; a = a->next) {
		if (attribute_counts(a, values) &&
		    !span_eq(a->name, SPAN("Name")))
			return false;
	}
	for (const struct node *k = n->kids; k != NULL; k = k->next) {
		if (k->kind != NODE_ELEMENT
			? tree_value(k, values)->n != 0
			: is_unnamed_data(k, values) || !is_empty(k, values))
			return false;
	}
	return true;
}

static void
compile_element(struct plan *p, const struct node *n, const struct tree *t)
{
	const struct node *const array = tree_array(n, t->values);
	const struct node *k = tree_element(n->kids);

	if (array != NULL) {
		plan_value(p, array, put_items);
		return;
	}
	if (!is_unnamed_data(n, t->values) && is_empty(n, t->values))
		return;
	compile_name(p, n->name);
	buf_byte(&p->lits, ELEMENT_START);
	for (const struct node *a = n->attrs; a != NULL; a = a->next) {
		if (attribute_counts(a, t->values)) {
			compile_name(p, a->name);
			compile_leaves(p, a->kids, t);
		}
	}
	compile_leaves(p, n->kids, t);
	for (; k != NULL; k = tree_element(k->next))
		compile_element(p, k, t);
	buf_byte(&p->lits, ELEMENT_END);
}

/* --- System --------------------------------------------------------------- */

/* Put a number in decimal. An empty text counts as 0, as a missing number does.
 */
static void
put_decimal(struct buf *out, const struct value *v)
{
	uint64_t n = 0;

	if (value_is_empty(v) || value_u64(v, &n))
		buf_u64(out, n);
	else
		canonical_put(out, v);
}

static void
append_hex(struct buf *out, uint64_t n)
{
	uint8_t *const w = buf_room(out, NUM_HEX_MAX);

	if (w != NULL)
		out->n += (size_t)(num_hex(w, n) - w);
}

static void
put_hex(struct buf *out, const struct value *v)
{
	uint64_t n = 0;

	if (value_is_empty(v) || value_u64(v, &n))
		append_hex(out, n);
	else
		canonical_put(out, v);
}

/* Write a time as a number of 100 ns in hex, which is shorter than a date. */
static void
put_time(struct buf *out, const struct value *v)
{
	uint64_t time;

	if (value_time(v, &time))
		append_hex(out, time);
	else
		canonical_put(out, v);
}

/* How a field of System is written. */
struct part {
	plan_put_fn *put;
	const char *absent; /* the text if the event lacks the field */
	enum system_field field;

	/* Values of this type and size are written by the operation `kind`. */
	enum value_type type;
	enum plan_op_kind kind;
	/* Size of these values in bytes; 0: all values are written by `put`. */
	uint8_t size;
};

#define TEXT(field) \
	{ \
		canonical_put, "", field, VALUE_NULL, PLAN_VALUE, 0 \
	}
#define NUMBER(field, type, size) \
	{ \
		put_decimal, "0", field, type, PLAN_UNSIGNED, size \
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
	{ put_decimal, "", SYSTEM_RECORD_ID, VALUE_U64, PLAN_UNSIGNED, 8 },
	{ put_time, "", SYSTEM_TIME, VALUE_FILETIME, PLAN_HEX, 8 },
};

void
event_key_compile(
    struct plan *p, const struct tree *t, const struct system_fields *s)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		const struct part *const part = &parts[i];
		const struct node *const leaf = s->field[part->field];
		const struct value *const v =
		    system_fields_value(s, part->field, t->values);

		if (v == NULL)
			plan_literal(p, part->absent);
		else if (part->put == canonical_put)
			compile_value(p, leaf, t);
		else if (part->size != 0 && v->type == part->type &&
			 v->n == part->size)
			plan_scalar(p, leaf, part->put, part->kind);
		else
			plan_value(p, leaf, part->put);
		buf_byte(&p->lits, PART_END);
	}
	if (s->data != NULL)
		compile_element(p, s->data, t);
	plan_finish(p);
}

bool
event_key_identifies(const struct system_fields *s, const struct value *values)
{
	const struct value *const time =
	    system_fields_value(s, SYSTEM_TIME, values);
	const struct value *const id =
	    system_fields_value(s, SYSTEM_RECORD_ID, values);

	return id != NULL && !value_is_empty(id) && time != NULL &&
	       !value_is_empty(time) && value_has_time(time);
}

void
event_key_hex(const uint8_t sum[DIGEST_BYTES], char key[PLAN_KEY_HEX + 1])
{
	digest_hex(sum, PLAN_KEY_HEX / 2, key);
}
