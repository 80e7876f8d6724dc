/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "schema/plan.h"
#include "schema/plan_object.h"
#include "schema/plan_repeat.h"
#include "util/array.h"
#include "util/text.h"
#include "util/text_variant.h"

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
	free(p->leaves);
	plan_repeat_destroy(p->repeat);
	plan_init(p);
}

void
plan_clear(struct plan *p)
{
	buf_cut(&p->lits, 0);
	p->n = 0;
	p->n_leaves = 0;
	p->shared = 0;
	p->objects = 0;
	plan_repeat_destroy(p->repeat);
	p->repeat = NULL;
	p->failed = false;
}

void
plan_literal(struct plan *p, const char *s)
{
	buf_str(&p->lits, s);
}

void
plan_member_name(struct plan *p, struct span name)
{
	buf_byte(&p->lits, '"');
	text_utf8_json(&p->lits, name);
	buf_str(&p->lits, "\":");
}

void
plan_next_member(struct plan *p, const char *name)
{
	buf_str(&p->lits, ",\"");
	buf_str(&p->lits, name);
	buf_str(&p->lits, "\":");
}

/* Add an operation. Returns NULL if the plan has failed. */
static struct plan_op *
add(struct plan *p, enum plan_op_kind kind)
{
	struct plan_op *const ops =
	    p->n == PLAN_OPS_MAX
		? NULL
		: array_grow(p->ops, p->n, &p->cap, sizeof(*ops));
	if (ops == NULL) {
		p->failed = true;
		return NULL;
	}
	p->ops = ops;
	struct plan_op *const op = &p->ops[p->n++];
	memset(op, 0, sizeof(*op));
	op->kind = (uint8_t)kind;
	op->lit_end = (uint32_t)p->lits.n;
	return op;
}

void
plan_op(struct plan *p, enum plan_op_kind kind)
{
	(void)add(p, kind);
}

/* --- values -------------------------------------------------------------- */

/* Format a literal now, and return NULL; or add an operation for the value of a
 * substitution, which the caller may replace by a better kind. */
static struct plan_op *
add_value(struct plan *p, const struct node *leaf, plan_put_fn *put)
{
	if (leaf->kind != NODE_SUBSTITUTION) {
		put(&p->lits, &leaf->value);
		return NULL;
	}
	struct plan_op *const op = add(p, PLAN_VALUE);
	if (op != NULL) {
		op->index = leaf->index;
		op->put = put;
	}
	return op;
}

void
plan_value(struct plan *p, const struct node *leaf, plan_put_fn *put)
{
	(void)add_value(p, leaf, put);
}

void
plan_mapped(struct plan *p, const struct node *leaf, plan_map_fn *put,
    const void *argument)
{
	if (leaf->kind != NODE_SUBSTITUTION) {
		put(&p->lits, &leaf->value, argument);
		return;
	}
	struct plan_op *const op = add(p, PLAN_MAPPED);
	if (op != NULL) {
		op->index = leaf->index;
		op->mapped.put = put;
		op->mapped.argument = argument;
	}
}

void
plan_scalar(struct plan *p, const struct node *leaf, plan_put_fn *put,
    enum plan_op_kind kind)
{
	struct plan_op *const op = add_value(p, leaf, put);

	if (op != NULL)
		op->kind = (uint8_t)kind;
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
		return PLAN_U8;
	case VALUE_U16:
		return PLAN_U16;
	case VALUE_U32:
		return PLAN_U32;
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
	struct plan_op *const op = add_value(p, leaf, value_json);

	if (op != NULL)
		op->kind = (uint8_t)plan_kind(tree_value(leaf, t->values));
}

void
plan_string(
    struct plan *p, const struct node *leaf, const struct tree *t, bool bare)
{
	const bool quotes =
	    !bare || !value_is_number(tree_value(leaf, t->values));

	plan_literal(p, quotes ? "\"" : "");
	plan_text(p, leaf, t);
	plan_literal(p, quotes ? "\"" : "");
}

static void
put_name(struct buf *out, const struct value *v, const void *argument)
{
	const struct plan_names *const names = argument;
	uint64_t n;

	if (value_u64(v, &n))
		n = n >> names->shift & names->mask;
	else if (names->or_first)
		n = 0;
	else
		return;
	if (n < names->n)
		buf_put(out, span_of(names->names[n].text, names->names[n].n));
	else if (names->or_number)
		value_json(out, v);
}

void
plan_number_name(struct plan *p, const struct node *leaf, const struct tree *t,
    const struct plan_names *names)
{
	const enum plan_op_kind kind = plan_kind(tree_value(leaf, t->values));

	/* Hex numbers without a name are not written in decimal. */
	if (leaf->kind == NODE_SUBSTITUTION &&
	    ((kind >= PLAN_U8 && kind <= PLAN_UNSIGNED) ||
		(kind == PLAN_HEX && !names->or_number))) {
		struct plan_op *const op = add(p, PLAN_NAME);
		if (op == NULL)
			return;
		op->index = leaf->index;
		op->names = names;
	} else {
		plan_mapped(p, leaf, put_name, names);
	}
}

void
plan_checked(struct plan *p, const struct node *leaf, const struct tree *t,
    const struct plan_check *check)
{
	struct plan_op *const op = add_value(p, leaf, check->put);

	if (op == NULL || tree_value(leaf, t->values)->type != VALUE_WSTRING)
		return;
	op->kind = PLAN_CHECKED;
	op->check = check;
	if (check->part != NULL)
		return;
	/* Several columns show the same whole text: all but the first copy it
	 * from the line, unless it had to be rewritten there. */
	for (struct plan_op *before = p->ops; before != op; before++) {
		if (before->kind != PLAN_CHECKED ||
		    before->index != op->index || before->check->part != NULL)
			continue;
		if (before->shared == 0 && p->shared < PLAN_SHARED_MAX)
			before->shared = ++p->shared;
		op->shared = before->shared;
		return;
	}
}

/* Add the values of an operation. NULL if the plan has failed. */
static struct plan_leaves *
add_leaves(struct plan *p, const struct node *const leaf[PLAN_LEAVES_MAX])
{
	struct plan_leaves *const more =
	    array_grow(p->leaves, p->n_leaves, &p->cap_leaves, sizeof(*more));

	if (more == NULL) {
		p->failed = true;
		return NULL;
	}
	p->leaves = more;
	struct plan_leaves *const leaves = &p->leaves[p->n_leaves++];
	memset(leaves, 0, sizeof(*leaves));
	memcpy(leaves->leaf, leaf, sizeof(leaves->leaf));
	return leaves;
}

void
plan_join(struct plan *p, const struct node *const leaf[PLAN_LEAVES_MAX],
    plan_join_fn *put)
{
	const struct value *v[PLAN_LEAVES_MAX] = { NULL };
	bool literal = true;

	for (size_t i = 0; i < PLAN_LEAVES_MAX; i++) {
		if (leaf[i] == NULL)
			continue;
		literal = literal && leaf[i]->kind != NODE_SUBSTITUTION;
		v[i] = &leaf[i]->value;
	}
	if (literal) {
		put(&p->lits, v);
		return;
	}
	struct plan_op *const op = add(p, PLAN_JOIN);
	if (op != NULL && add_leaves(p, leaf) != NULL) {
		op->join.put = put;
		op->join.leaves = p->n_leaves - 1;
	}
}

/* Mark the operation that writes the whole text of a substitution, so that the
 * text can be copied. Returns the number of that text, or 0 if there is no such
 * operation. A text in an optional part does not count: it may be removed. */
static uint8_t
share(struct plan *p, uint16_t index)
{
	bool optional = false;

	for (size_t i = 0; i < p->n; i++) {
		struct plan_op *const op = &p->ops[i];
		optional = op->kind == PLAN_OPTIONAL ||
			   (optional && op->kind != PLAN_KEEP_IF_LONGER &&
			       op->kind != PLAN_KEEP_IF_VALUE);
		if (optional || op->index != index)
			continue;
		if (op->kind == PLAN_SHARED)
			return op->shared;
		if (op->kind != PLAN_WSTRING && op->kind != PLAN_SID &&
		    op->kind != PLAN_HEX)
			continue;
		if (p->shared == PLAN_SHARED_MAX)
			return 0;
		op->kind = PLAN_SHARED;
		op->shared = ++p->shared;
		return op->shared;
	}
	return 0;
}

void
plan_object(struct plan *p, const struct plan_object *what,
    const struct node *const leaf[PLAN_LEAVES_MAX])
{
	uint8_t shared[PLAN_LEAVES_MAX] = { 0 };
	bool any = false;

	for (size_t i = 0; i < PLAN_LEAVES_MAX; i++) {
		any = any || leaf[i] != NULL;
		if (leaf[i] != NULL && leaf[i]->kind == NODE_SUBSTITUTION)
			shared[i] = share(p, leaf[i]->index);
	}
	struct plan_op *const op = any ? add(p, PLAN_OBJECT) : NULL;
	struct plan_leaves *const leaves =
	    op == NULL ? NULL : add_leaves(p, leaf);
	if (leaves == NULL)
		return;
	memcpy(leaves->shared, shared, sizeof(leaves->shared));
	op->object.what = what;
	op->object.leaves = p->n_leaves - 1;
	p->objects += (what->n + 2) * (PLAN_STEP + PLAN_SCALAR_MAX);
}

/* --- arrays -------------------------------------------------------------- */

static void
add_items(struct plan *p, enum plan_op_kind kind, uint16_t index,
    plan_items_fn *put, unsigned number)
{
	struct plan_op *const op = add(p, kind);

	if (op != NULL) {
		op->index = index;
		op->items.put = put;
		op->items.number = number;
	}
}

void
plan_items(struct plan *p, const struct node *substitution, plan_items_fn *put,
    unsigned number)
{
	add_items(p, PLAN_ITEMS, substitution->index, put, number);
}

void
plan_numbered_items(struct plan *p, const struct node *substitution,
    plan_items_fn *put, unsigned number)
{
	add_items(p, PLAN_NUMBERED_ITEMS, substitution->index, put, number);
}

void
plan_item_number(struct plan *p, unsigned number)
{
	add_items(p, PLAN_ITEM_NUMBER, 0, NULL, number);
}

/* --- optional parts ------------------------------------------------------ */

void
plan_optional(struct plan *p)
{
	(void)add(p, PLAN_OPTIONAL);
}

void
plan_keep_if_longer(struct plan *p, size_t least)
{
	struct plan_op *const op = add(p, PLAN_KEEP_IF_LONGER);

	if (op != NULL)
		op->least = least;
}

void
plan_keep_if_value(
    struct plan *p, const struct node *substitution, plan_test_fn *test)
{
	struct plan_op *const op = add(p, PLAN_KEEP_IF_VALUE);

	if (op != NULL) {
		op->index = substitution->index;
		op->test = test;
	}
}

/* ------------------------------------------------------------------------- */

void
plan_finish(struct plan *p)
{
	static const uint8_t padding[PLAN_LONG_STEP];

	(void)add(p, PLAN_LITERAL);
	p->fixed =
	    p->lits.n + p->n * PLAN_SCALAR_MAX + p->objects + PLAN_LONG_STEP;
	/* The last literal is also read in whole steps. */
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

void
plan_remember(struct plan *p, const struct value *values)
{
	if (!p->failed && p->repeat == NULL)
		p->repeat = plan_repeat_create(p, values);
}

size_t
plan_bytes(const struct plan *p)
{
	return p->cap * sizeof(*p->ops) + p->cap_leaves * sizeof(*p->leaves) +
	       p->lits.cap + plan_repeat_bytes(p->repeat);
}
