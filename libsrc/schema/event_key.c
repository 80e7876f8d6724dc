/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "event/canonical.h"
#include "schema/event_key.h"
#include "util/text.h"

#define ELEMENT_START 0x02
#define ELEMENT_END 0x03
#define UNNAMED_DATA 0x04
#define UNNAMED_DATA_END 0x03

/* --- what counts ---------------------------------------------------------- */

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

/* False if a copy may lack the element: no content, null and empty text are the
 * same. Attributes other than a name, and unnamed Data, are content. */
static bool
element_counts(const struct node *n, const struct value *values)
{
	if (is_unnamed_data(n, values))
		return true;
	for (const struct node *a = n->attrs; a != NULL; a = a->next) {
		if (attribute_counts(a, values) &&
		    !span_eq(a->name, SPAN("Name")))
			return true;
	}
	for (const struct node *k = n->kids; k != NULL; k = k->next) {
		if (k->kind == NODE_ELEMENT ? element_counts(k, values)
					    : tree_value(k, values)->n != 0)
			return true;
	}
	return false;
}

/* The first element that counts among a node and the siblings after it, or
 * NULL. */
static const struct node *
next_element(const struct node *n, const struct value *values)
{
	n = tree_element(n);
	while (n != NULL && !element_counts(n, values))
		n = tree_element(n->next);
	return n;
}

/* True for unnamed Data with nothing but text. */
static bool
is_item(const struct node *n, const struct value *values)
{
	if (!is_unnamed_data(n, values))
		return false;
	for (const struct node *a = n->attrs; a != NULL; a = a->next) {
		if (attribute_counts(a, values))
			return false;
	}
	return next_element(n->kids, values) == NULL;
}

/* --- structure ------------------------------------------------------------ */

static void
add_name(struct key_parts *p, struct span name)
{
	text_utf8_json(&p->literals, name);
	key_parts_add_byte(p, KEY_PART_END);
}

static void
add_structure(struct key_parts *p, const struct node *n, const struct tree *t)
{
	bool items = false;

	key_parts_add_byte(p, ELEMENT_START);
	add_name(p, n->name);
	for (const struct node *a = n->attrs; a != NULL; a = a->next) {
		if (attribute_counts(a, t->values)) {
			add_name(p, a->name);
			key_parts_add(p, a->kids, t);
		}
	}
	for (const struct node *k = next_element(n->kids, t->values); k != NULL;
	     k = next_element(k->next, t->values)) {
		const bool before = items;
		items = is_item(k, t->values);
		if (!items)
			add_structure(p, k, t);
		else if (!before)
			key_parts_add_byte(p, UNNAMED_DATA);
	}
	key_parts_add_byte(p, ELEMENT_END);
}

static enum rc
too_long(struct err *e)
{
	return err_set(e, RC_SKIP, WHY_LIMIT,
	    "its canonical text has more than %zu bytes", EVENT_KEY_TEXT_MAX);
}

/* Write the digest of the structure's text into the head. */
static enum rc
digest_structure(struct event_key *k, struct span text, struct err *e)
{
	uint8_t sum[DIGEST_BYTES];
	const enum rc rc = digest_once(text, sum, e);

	k->structure_bytes = text.n;
	if (rc == RC_OK)
		memcpy(k->head, sum, EVENT_KEY_STRUCTURE);
	return rc;
}

/* The same for a structure with values of the record. Its text is made at the
 * end of `out` and removed again. */
static enum rc
digest_values(struct event_key *k, const struct value *values, struct buf *out,
    struct err *e)
{
	const size_t start = out->n;

	if (!key_parts_write(&k->structure, values, out))
		return too_long(e);
	const enum rc rc =
	    digest_structure(k, span_skip(buf_span(out), start), e);
	buf_cut(out, start);
	return rc;
}

/* --- content -------------------------------------------------------------- */

static void
add_content(struct key_parts *p, const struct node *n, const struct tree *t)
{
	bool items = false;

	key_parts_add(p, n->kids, t);
	for (const struct node *k = next_element(n->kids, t->values); k != NULL;
	     k = next_element(k->next, t->values)) {
		const struct node *const array = tree_array(k, t->values);
		const bool before = items;
		items = is_item(k, t->values);
		if (before && !items)
			key_parts_add_byte(p, UNNAMED_DATA_END);
		if (!items)
			add_content(p, k, t);
		else if (array != NULL)
			key_parts_add_items(p, array);
		else
			key_parts_add(p, k->kids, t);
	}
	if (items)
		key_parts_add_byte(p, UNNAMED_DATA_END);
}

/* --- numbers -------------------------------------------------------------- */

#define FORM_AT EVENT_KEY_STRUCTURE /* offset in the head */
#define FORM_NUMBERS 0x01
#define FORM_PARTS 0x02

/* Numbers of this type and size are copied from the record. */
static const struct {
	enum system_field field;
	enum value_type type;
	uint8_t bytes;
} numbers[EVENT_KEY_NUMBERS] = {
	{ SYSTEM_EVENT_ID, VALUE_U16, 2 },
	{ SYSTEM_QUALIFIERS, VALUE_U16, 2 },
	{ SYSTEM_VERSION, VALUE_U8, 1 },
	{ SYSTEM_LEVEL, VALUE_U8, 1 },
	{ SYSTEM_TASK, VALUE_U16, 2 },
	{ SYSTEM_OPCODE, VALUE_U8, 1 },
	{ SYSTEM_KEYWORDS, VALUE_HEX64, 8 },
	{ SYSTEM_RECORD_ID, VALUE_U64, 8 },
	{ SYSTEM_TIME, VALUE_FILETIME, 8 },
};

/* Compile number i, whose offset in the head is `at`. */
static void
compile_number(struct event_key *k, size_t i, uint8_t at,
    const struct system_fields *s, const struct value *values)
{
	const uint8_t bytes = numbers[i].bytes;
	const struct node *const leaf = s->field[numbers[i].field];
	const struct value *const v =
	    system_fields_value(s, numbers[i].field, values);

	if (v == NULL || value_is_empty(v))
		return;
	if (v->type != numbers[i].type || v->n != bytes)
		k->converts = true;
	else if (leaf->kind != NODE_SUBSTITUTION)
		memcpy(k->head + at, v->p, bytes);
	else
		k->number[k->n_numbers++] =
		    (struct event_key_number){ leaf->index, at, bytes };
}

/* Prepare the head, with zeros for absent numbers. */
static void
compile_numbers(struct event_key *k, const struct system_fields *s,
    const struct value *values)
{
	uint8_t at = FORM_AT + 1;

	memset(k->head, 0, sizeof(k->head));
	k->head[FORM_AT] = FORM_NUMBERS;
	k->n_numbers = 0;
	k->converts = false;
	for (size_t i = 0; i < EVENT_KEY_NUMBERS; i++) {
		compile_number(k, i, at, s, values);
		at = (uint8_t)(at + numbers[i].bytes);
	}
}

static inline void
copy_numbers(
    const struct event_key *k, const struct value *values, uint8_t *head)
{
	for (unsigned i = 0; i < k->n_numbers; i++) {
		const struct event_key_number *const n = &k->number[i];
		const uint8_t *const from = values[n->index].p;

		if (n->bytes == 8)
			memcpy(head + n->at, from, 8);
		else if (n->bytes == 2)
			memcpy(head + n->at, from, 2);
		else
			head[n->at] = *from;
	}
}

/* Read the number of a field, 0 if it is absent. False if it is not a number.
 */
static bool
read_number(const struct system_fields *s, enum system_field f,
    const struct value *values, uint64_t *n)
{
	const struct value *const v = system_fields_value(s, f, values);

	*n = 0;
	if (v == NULL || value_is_empty(v))
		return true;
	return f == SYSTEM_TIME ? value_time(v, n) : value_u64(v, n);
}

/* Convert the numbers of a record; false if not all are numbers that fit. */
static bool
convert_numbers(
    const struct system_fields *s, const struct value *values, uint8_t *head)
{
	uint8_t *at = head + FORM_AT + 1;
	bool fits = true;

	for (size_t i = 0; fits && i < EVENT_KEY_NUMBERS; i++) {
		const uint8_t bytes = numbers[i].bytes;
		uint64_t n;

		fits = read_number(s, numbers[i].field, values, &n) &&
		       (bytes == 8 || n >> 8 * bytes == 0);
		le_put(at, n, bytes);
		at += bytes;
	}
	return fits;
}

/* Append a part for each number. */
static void
put_numbers(
    struct buf *out, const struct system_fields *s, const struct value *values)
{
	for (size_t i = 0; i < EVENT_KEY_NUMBERS; i++) {
		const enum system_field f = numbers[i].field;
		uint64_t n;

		if (read_number(s, f, values, &n)) {
			buf_u64(out, n);
			buf_byte(out, KEY_PART_END);
		} else {
			key_parts_put(out, s->field[f], values);
		}
	}
}

/* -------------------------------------------------------------------------- */

void
event_key_init(struct event_key *k)
{
	memset(k, 0, sizeof(*k));
	key_parts_init(&k->structure);
	key_parts_init(&k->parts);
}

void
event_key_free(struct event_key *k)
{
	key_parts_free(&k->structure);
	key_parts_free(&k->parts);
}

void
event_key_trim(struct event_key *k)
{
	if (k->structure.n == 0)
		key_parts_free(&k->structure);
	key_parts_trim(&k->structure);
	key_parts_trim(&k->parts);
}

size_t
event_key_bytes(const struct event_key *k)
{
	return key_parts_bytes(&k->structure) + key_parts_bytes(&k->parts);
}

enum rc
event_key_compile(struct event_key *k, const struct tree *t,
    const struct system_fields *s, struct err *e)
{
	key_parts_clear(&k->structure);
	key_parts_clear(&k->parts);
	compile_numbers(k, s, t->values);
	key_parts_add(&k->parts, s->field[SYSTEM_CHANNEL], t);
	key_parts_add(&k->parts, s->field[SYSTEM_COMPUTER], t);
	key_parts_add(&k->parts, s->field[SYSTEM_PROVIDER], t);
	if (s->data != NULL && element_counts(s->data, t->values)) {
		add_structure(&k->structure, s->data, t);
		add_content(&k->parts, s->data, t);
	}
	if (k->structure.n != 0)
		return RC_OK;
	return k->structure.failed || k->structure.literals.full
		   ? too_long(e)
		   : digest_structure(k, buf_span(&k->structure.literals), e);
}

/* Append the digest of the structure and the numbers. */
static bool
put_head(const struct event_key *k, const struct system_fields *s,
    const struct value *values, struct buf *out)
{
	uint8_t *const head = buf_room(out, EVENT_KEY_HEAD);

	if (head == NULL)
		return false;
	memcpy(head, k->head, EVENT_KEY_HEAD);
	out->n += EVENT_KEY_HEAD;
	if (!k->converts) {
		copy_numbers(k, values, head);
	} else if (!convert_numbers(s, values, head)) {
		head[FORM_AT] = FORM_PARTS;
		buf_cut(out, out->n - (EVENT_KEY_HEAD - FORM_AT - 1));
		put_numbers(out, s, values);
	}
	return true;
}

enum rc
event_key_write(struct event_key *k, const struct system_fields *s,
    const struct value *values, struct buf *out, struct err *e)
{
	const size_t start = out->n;

	if (k->structure.n != 0) {
		const enum rc rc = digest_values(k, values, out, e);
		if (rc != RC_OK)
			return rc;
	}
	if (!put_head(k, s, values, out) ||
	    !key_parts_write(&k->parts, values, out))
		return too_long(e);
	k->bytes = out->n - start + k->structure_bytes;
	return k->bytes <= EVENT_KEY_TEXT_MAX ? RC_OK : too_long(e);
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
