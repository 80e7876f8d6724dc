/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "event/canonical.h"
#include "schema/key.h"
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

static void
leaves(struct plan *p, const struct node *kids)
{
	for (; kids != NULL; kids = kids->next) {
		if (kids->kind != NODE_ELEMENT)
			plan_leaf(p, kids, canonical_put);
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

	while (value_next(array, &item)) {
		if (item.n == 0)
			continue;
		buf_put(out, SPAN("Data\x1f\x02"));
		canonical_put(out, &item);
		buf_put(out, SPAN("\x1f\x03"));
	}
}

static bool
is_array(const struct node *n, const struct value *values)
{
	const struct node *const leaf = tree_leaf(n);

	return leaf != NULL && n->attrs == NULL &&
	       (tree_value(leaf, values)->type & VALUE_ARRAY) != 0;
}

/* Nothing, null and an empty text are one: a copy may leave such an element
 * out. What has attributes other than a name is something. */
static bool
holds_nothing(const struct node *n, const struct value *values)
{
	for (const struct node *a = n->attrs; a != NULL; a = a->next) {
		if (counts(a, values) && !span_eq(a->name, SPAN("Name")))
			return false;
	}
	for (const struct node *k = n->kids; k != NULL; k = k->next) {
		if (k->kind == NODE_ELEMENT ? !holds_nothing(k, values)
					    : tree_value(k, values)->n != 0)
			return false;
	}
	return true;
}

static void
element(struct plan *p, const struct node *n, const struct value *values)
{
	if (holds_nothing(n, values))
		return;
	if (is_array(n, values)) {
		plan_leaf(p, n->kids, put_items);
		return;
	}
	name(p, n->name);
	byte(p, ELEMENT_START);
	for (const struct node *a = n->attrs; a != NULL; a = a->next) {
		if (!counts(a, values))
			continue;
		name(p, a->name);
		leaves(p, a->kids);
		byte(p, PART_END);
	}
	leaves(p, n->kids);
	byte(p, PART_END);
	for (const struct node *k = n->kids; k != NULL; k = k->next) {
		if (k->kind == NODE_ELEMENT)
			element(p, k, values);
	}
	byte(p, ELEMENT_END);
}

void
key_compile(struct plan *p, const struct tree *t, const struct head *h)
{
	static const enum head_field identity[] = { HEAD_CHANNEL, HEAD_COMPUTER,
		HEAD_PROVIDER, HEAD_RECORD_ID, HEAD_TIME };

	for (size_t i = 0; i < sizeof(identity) / sizeof(*identity); i++) {
		const struct node *const leaf = h->field[identity[i]];
		if (leaf != NULL)
			plan_leaf(p, leaf, canonical_put);
		byte(p, PART_END);
	}
	if (h->data != NULL)
		element(p, h->data, t->values);
	plan_end(p);
}

enum rc
key_of_text(struct digest *d, struct span text, char key[PLAN_KEY_HEX + 1],
    struct err *e)
{
	uint8_t bytes[DIGEST_BYTES];

	enum rc rc = digest_restart(d, e);
	if (rc == RC_OK)
		rc = digest_add(d, text, e);
	if (rc == RC_OK)
		rc = digest_final(d, bytes, e);
	if (rc == RC_OK)
		digest_hex(bytes, PLAN_KEY_HEX / 2, key);
	return rc;
}
