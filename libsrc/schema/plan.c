/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "schema/plan.h"
#include "util/le.h"
#include "util/text.h"
#include "util/text_variant.h"

#define OPS_FIRST 64U

void
plan_init(struct plan *p)
{
	memset(p, 0, sizeof(*p));
	buf_init(&p->lits, PLAN_LITERAL_MAX);
	p->text = text_best();
}

void
plan_free(struct plan *p)
{
	buf_reset(&p->lits);
	free(p->ops);
	plan_init(p);
}

void
plan_clear(struct plan *p)
{
	buf_cut(&p->lits, 0);
	p->n = 0;
	p->seen = 0;
	p->objects = 0;
	p->failed = false;
}

void
plan_lit(struct plan *p, const char *s)
{
	buf_str(&p->lits, s);
}

void
plan_cut(struct plan *p, size_t n)
{
	if (p->lits.full)
		p->failed = true;
	else
		buf_cut(&p->lits, n);
}

void
plan_name(struct plan *p, struct span name)
{
	buf_byte(&p->lits, '"');
	text_utf8_json(&p->lits, name);
	buf_str(&p->lits, "\":");
}

static struct plan_op *
add(struct plan *p, enum plan_op_kind kind)
{
	if (p->n == p->cap) {
		const size_t cap = p->cap == 0 ? OPS_FIRST : p->cap * 2;
		struct plan_op *const ops =
		    cap > PLAN_OPS_MAX ? NULL
				       : realloc(p->ops, cap * sizeof(*ops));
		if (ops == NULL) {
			p->failed = true;
			return NULL;
		}
		p->ops = ops;
		p->cap = cap;
	}
	struct plan_op *const op = &p->ops[p->n++];
	memset(op, 0, sizeof(*op));
	op->kind = (uint8_t)kind;
	op->lit_end = (uint32_t)p->lits.n;
	return op;
}

void
plan_leaf(struct plan *p, const struct node *leaf, plan_put_fn *put)
{
	if (leaf->kind != NODE_SUBSTITUTION) {
		put(&p->lits, &leaf->value);
		return;
	}
	struct plan_op *const op = add(p, PLAN_VALUE);
	if (op == NULL)
		return;
	op->index = leaf->index;
	op->put = put;
}

void
plan_mapped(
    struct plan *p, const struct node *leaf, plan_map_fn *put, const void *by)
{
	if (leaf->kind != NODE_SUBSTITUTION) {
		put(&p->lits, &leaf->value, by);
		return;
	}
	struct plan_op *const op = add(p, PLAN_MAPPED);
	if (op == NULL)
		return;
	op->index = leaf->index;
	op->mapped.put = put;
	op->mapped.by = by;
}

void
plan_op(struct plan *p, enum plan_op_kind kind)
{
	(void)add(p, kind);
}

static void
add_items(struct plan *p, enum plan_op_kind kind, const struct plan_op *how)
{
	struct plan_op *const op = add(p, kind);

	if (op == NULL)
		return;
	op->index = how->index;
	op->items = how->items;
}

void
plan_items(struct plan *p, const struct node *substitution, plan_items_fn *put,
    unsigned at)
{
	add_items(p, PLAN_ITEMS,
	    &(struct plan_op){
		.index = substitution->index, .items = { put, at } });
}

void
plan_places(struct plan *p, const struct node *substitution, plan_items_fn *put,
    unsigned at)
{
	add_items(p, PLAN_PLACES,
	    &(struct plan_op){
		.index = substitution->index, .items = { put, at } });
}

void
plan_place(struct plan *p, unsigned at)
{
	add_items(p, PLAN_PLACE, &(struct plan_op){ .items = { NULL, at } });
}

void
plan_scalar(struct plan *p, const struct node *leaf, plan_put_fn *put,
    enum plan_op_kind kind)
{
	const size_t before = p->n;

	plan_leaf(p, leaf, put);
	if (p->n != before)
		p->ops[before].kind = (uint8_t)kind;
}

/* Whether the operation writes all of the text in this substitution. */
static bool
is_same(const struct plan_op *op, uint16_t substitution)
{
	return op->kind == PLAN_CHECKED && op->index == substitution &&
	       op->check->part == NULL;
}

/* Let an operation copy the text if another has written it before. */
static void
see(struct plan *p, struct plan_op *op)
{
	struct plan_op *before = p->ops;

	if (op->check->part != NULL)
		return;
	while (!is_same(before, op->index))
		before++;
	if (before == op)
		return;
	if (before->seen == 0 && p->seen < PLAN_SEEN_MAX)
		before->seen = ++p->seen;
	op->seen = before->seen;
}

void
plan_checked(struct plan *p, const struct node *leaf, const struct tree *t,
    const struct plan_check *check)
{
	const size_t before = p->n;

	plan_leaf(p, leaf, check->put);
	if (p->n == before || leaf->index >= t->n_values ||
	    t->values[leaf->index].type != VALUE_WSTRING)
		return;
	p->ops[before].kind = PLAN_CHECKED;
	p->ops[before].check = check;
	see(p, &p->ops[before]);
}

void
plan_named(struct plan *p, const struct node *leaf, const struct tree *t,
    plan_put_fn *put, const struct plan_names *names)
{
	const size_t before = p->n;

	plan_leaf(p, leaf, put);
	if (p->n == before || leaf->index >= t->n_values ||
	    t->values[leaf->index].type != VALUE_U8 ||
	    t->values[leaf->index].n != 1)
		return;
	p->ops[before].kind = PLAN_NAME;
	p->ops[before].names = names;
}

void
plan_put_name(
    struct buf *out, const struct plan_names *names, const struct value *v)
{
	uint64_t n;

	if (!value_u64(v, &n))
		return;
	if (n < names->n)
		buf_put(out, span_of(names->names[n].text, names->names[n].n));
	else if (names->or_number)
		value_json(out, v);
}

void
plan_begin(struct plan *p)
{
	(void)add(p, PLAN_BEGIN);
}

void
plan_unless(struct plan *p, size_t least)
{
	struct plan_op *const op = add(p, PLAN_UNLESS);

	if (op != NULL)
		op->least = least;
}

void
plan_keep_if(
    struct plan *p, const struct node *substitution, plan_test_fn *test)
{
	struct plan_op *const op = add(p, PLAN_KEEP_IF);

	if (op == NULL)
		return;
	op->index = substitution->index;
	op->test = test;
}

static bool
is_substitution(const struct node *leaf)
{
	return leaf != NULL && leaf->kind == NODE_SUBSTITUTION;
}

void
plan_join(struct plan *p, const struct node *const leaf[PLAN_JOIN_MAX],
    plan_join_fn *join)
{
	const struct value *v[PLAN_JOIN_MAX] = { NULL };
	bool substitution = false;

	for (size_t i = 0; i < PLAN_JOIN_MAX; i++) {
		substitution = substitution || is_substitution(leaf[i]);
		if (leaf[i] != NULL)
			v[i] = &leaf[i]->value;
	}
	if (!substitution) {
		join(&p->lits, v);
		return;
	}
	struct plan_op *const op = add(p, PLAN_JOIN);
	if (op == NULL)
		return;
	op->join.put = join;
	memcpy(op->join.leaf, leaf, sizeof(op->join.leaf));
}

/* Whether another operation can copy what this one writes of the substitution.
 */
static bool
is_first(const struct plan_op *op, uint16_t substitution)
{
	return op->index == substitution &&
	       (op->kind == PLAN_WSTRING || op->kind == PLAN_SID ||
		   op->kind == PLAN_HEX || op->kind == PLAN_FIRST);
}

/* The number of the text that the line has of the substitution, or 0. */
static uint8_t
text_of(struct plan *p, uint16_t substitution)
{
	size_t i = 0;

	while (i < p->n && !is_first(&p->ops[i], substitution))
		i++;
	if (i == p->n)
		return 0;
	struct plan_op *const op = &p->ops[i];
	if (op->kind != PLAN_FIRST && p->seen == PLAN_SEEN_MAX)
		return 0;
	if (op->kind != PLAN_FIRST) {
		op->kind = PLAN_FIRST;
		op->seen = ++p->seen;
	}
	return op->seen;
}

enum plan_op_kind
plan_kind(const struct value *v)
{
	if (!value_is_sized(v))
		return PLAN_VALUE;
	switch (v->type) {
	case VALUE_WSTRING:
		return PLAN_WSTRING;
	case VALUE_U8:
	case VALUE_U16:
	case VALUE_U32:
	case VALUE_U64:
		return PLAN_UNSIGNED;
	case VALUE_I8:
	case VALUE_I16:
	case VALUE_I32:
	case VALUE_I64:
		return PLAN_SIGNED;
	case VALUE_HEX32:
	case VALUE_HEX64:
	case VALUE_SIZE:
		return PLAN_HEX;
	case VALUE_GUID:
		return PLAN_GUID;
	case VALUE_FILETIME:
		return PLAN_FILETIME;
	case VALUE_SID:
		return PLAN_SID;
	default:
		return PLAN_VALUE;
	}
}

void
plan_text(struct plan *p, const struct node *leaf, const struct tree *t)
{
	const size_t before = p->n;

	plan_leaf(p, leaf, value_json);
	if (p->n == before || leaf->index >= t->n_values)
		return;
	p->ops[before].kind = (uint8_t)plan_kind(&t->values[leaf->index]);
}

void
plan_again(struct plan *p, const struct node *leaf, const struct tree *t)
{
	const uint8_t seen =
	    leaf->kind == NODE_SUBSTITUTION ? text_of(p, leaf->index) : 0;
	const size_t before = p->n;

	plan_text(p, leaf, t);
	if (seen == 0 || p->n == before)
		return;
	p->ops[before].kind = PLAN_AGAIN;
	p->ops[before].seen = seen;
}

/* Keep what is made of the value, if there is room for it. */
static void
keep_usual(struct plan_op *op, const struct value *v, plan_put_fn *put)
{
	struct buf out;

	buf_init(&out, PLAN_SCALAR_MAX);
	put(&out, v);
	if (!out.full && out.n <= sizeof(op->usual.text.text)) {
		op->kind = PLAN_USUAL;
		op->usual.put = put;
		op->usual.of = le_u64(v->p);
		op->usual.text.n = (uint8_t)out.n;
		memcpy(op->usual.text.text, out.p, out.n);
	}
	buf_reset(&out);
}

void
plan_usual(struct plan *p, const struct node *leaf, const struct tree *t,
    plan_put_fn *put)
{
	const size_t before = p->n;

	plan_leaf(p, leaf, put);
	if (p->n == before || leaf->index >= t->n_values)
		return;
	const struct value *const v = &t->values[leaf->index];
	if ((v->type == VALUE_HEX64 || v->type == VALUE_U64) && v->n == 8)
		keep_usual(&p->ops[before], v, put);
}

void
plan_string(
    struct plan *p, const struct node *leaf, const struct tree *t, bool bare)
{
	if (bare && value_is_number(tree_value(leaf, t->values))) {
		plan_text(p, leaf, t);
		return;
	}
	plan_lit(p, "\"");
	plan_text(p, leaf, t);
	plan_lit(p, "\"");
}

void
plan_object(struct plan *p, const struct plan_object *what,
    const struct node *const leaf[PLAN_JOIN_MAX])
{
	uint8_t seen[PLAN_JOIN_MAX] = { 0 };
	bool any = false;

	for (size_t i = 0; i < PLAN_JOIN_MAX; i++) {
		any = any || leaf[i] != NULL;
		if (is_substitution(leaf[i]))
			seen[i] = text_of(p, leaf[i]->index);
	}
	struct plan_op *const op = any ? add(p, PLAN_OBJECT) : NULL;
	if (op == NULL)
		return;
	op->object.what = what;
	memcpy(op->object.leaf, leaf, sizeof(op->object.leaf));
	memcpy(op->object.seen, seen, sizeof(op->object.seen));
	p->objects += (what->n + 2) * (PLAN_STEP + PLAN_SCALAR_MAX);
}

void
plan_end(struct plan *p)
{
	static const uint8_t padding[PLAN_STEP];

	(void)add(p, PLAN_LITERAL);
	p->fixed = p->lits.n + p->n * PLAN_SCALAR_MAX + p->objects + PLAN_STEP;
	/* Literals are copied in whole steps. */
	buf_put(&p->lits, span_of(padding, sizeof(padding)));
	if (p->lits.full)
		p->failed = true;
}

void
plan_trim(struct plan *p)
{
	const size_t size = p->n * sizeof(*p->ops);
	struct plan_op *const ops = size == 0 ? NULL : realloc(p->ops, size);

	if (ops != NULL) {
		p->ops = ops;
		p->cap = p->n;
	}
	buf_trim(&p->lits);
}

size_t
plan_bytes(const struct plan *p)
{
	return p->cap * sizeof(*p->ops) + p->lits.cap;
}
