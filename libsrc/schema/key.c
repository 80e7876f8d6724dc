/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/key.h"
#include "util/num.h"
#include "util/text.h"

#define PART_END 0x1f
#define ELEMENT_START 0x02
#define ELEMENT_END 0x03
/* What is longer than this is no number, time or GUID. */
#define SPELLED_MAX 40

/* Write by meaning what is spelled as hex, time or GUID; false if it is
 * neither. */
static bool
put_spelled(struct buf *out, struct span s)
{
	uint8_t guid[NUM_GUID_BYTES];
	uint8_t text[SPELLED_MAX];
	uint8_t *end;
	uint64_t v;

	if (s.n > 2 && s.p[0] == '0' && s.p[1] == 'x' && num_parse_u64(s, &v))
		end = num_hex(text, v);
	else if (s.n >= 36 && num_parse_guid(s, guid))
		end = num_guid(text, guid, false);
	else if (s.n >= 19 && num_parse_time(s, &v))
		end = num_filetime(text, v);
	else
		return false;
	buf_put(out, span_of(text, (size_t)(end - text)));
	return true;
}

static void
put_canonical(struct buf *out, const struct value *v)
{
	const size_t start = out->n;
	uint8_t copy[SPELLED_MAX];

	value_json(out, v);
	if (out->full || (v->type & VALUE_ARRAY) != 0)
		return;
	const struct span s = span_of(out->p + start, out->n - start);
	if (s.n < 3 || s.n > sizeof(copy))
		return;
	if (v->type != VALUE_GUID && !value_is_text(v))
		return;
	memcpy(copy, s.p, s.n);
	buf_cut(out, start);
	if (!put_spelled(out, span_of(copy, s.n)))
		buf_put(out, span_of(copy, s.n));
}

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
			plan_leaf(p, kids, put_canonical);
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

static void
element(struct plan *p, const struct node *n, const struct value *values)
{
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
			plan_leaf(p, leaf, put_canonical);
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
