/* SPDX-License-Identifier: Apache-2.0 */
#include "select/program.h"
#include "select/compare.h"
#include "util/le.h"
#include "util/text.h"

/* What follows if a test is true or false: an operation, PROGRAM_YES,
 * PROGRAM_NO or, for a System-only tree, PROGRAM_MAYBE. */
struct exits {
	uint16_t yes;
	uint16_t no;
};

/* A node that a step of a path selects. An array counts as several elements, so
 * the place may be one item of an array, or all items from `item` on. */
struct place {
	/* Node of the tree; NULL: the parent of the element Event. */
	const struct node *node;
	uint32_t position; /* position among siblings of this name, from 1 */
	enum { WHOLE, ITEM, REST } part;
	/* If `part` is ITEM or REST: index of the (first) item in the array,
	 * from 0. */
	uint32_t item;
};

struct compiler {
	const struct program_source *s;
	struct program *p;
};

static uint16_t put_expr(struct compiler *m, const struct xpath_expr *x,
    const struct place *at, struct exits to);

static uint16_t
put_op(struct compiler *m, struct program_op op, struct exits to)
{
	if (to.yes == to.no)
		return to.yes;
	if (m->s->now || m->p->n == PROGRAM_OPS_MAX) {
		m->p->full = true;
		return to.no;
	}
	op.yes = to.yes;
	op.no = to.no;
	m->s->ops[m->p->n] = op;
	return (uint16_t)m->p->n++;
}

/* --- a test of one node --------------------------------------------------- */

/* True if the bytes of the value are an unsigned little-endian number. */
static bool
is_plain_integer(const struct value *v)
{
	switch (v->type) {
	case VALUE_U8:
	case VALUE_U16:
	case VALUE_U32:
	case VALUE_U64:
	case VALUE_HEX32:
	case VALUE_HEX64:
		return value_is_sized(v);
	default:
		return false;
	}
}

/* True if comparing the value as a number gives the same result as comparing
 * its text. */
static bool
is_number_test(const struct xpath_test *t, const struct value *v)
{
	const struct xpath_literal *const l = &t->literal;
	const bool hex = v->type == VALUE_HEX32 || v->type == VALUE_HEX64;
	const bool equality = t->op == XPATH_EQ || t->op == XPATH_NE;

	if (t->subject == XPATH_BAND)
		return true;
	if (t->subject != XPATH_NODE || !l->is_number)
		return false;
	return !l->quoted || (l->is_plain_number && !hex) ||
	       (!equality && !l->is_time);
}

/* True for a quoted literal that is not the text of any value of this type. */
static bool
is_never_equal(const struct xpath_test *t, const struct value *v)
{
	const struct xpath_literal *const l = &t->literal;

	if (t->subject != XPATH_NODE || !l->quoted ||
	    (t->op != XPATH_EQ && t->op != XPATH_NE) || !value_is_sized(v))
		return false;
	if (v->type == VALUE_HEX32 || v->type == VALUE_HEX64)
		return !span_starts(l->text, SPAN("0x"));
	if (v->type == VALUE_GUID)
		return !l->is_guid;
	return is_plain_integer(v) && !l->is_plain_number;
}

/* True if the value, or one of the items that the place selects, satisfies the
 * test. */
static bool
compare_part(const struct xpath_test *t, const struct value *v,
    const struct place *at, struct buf *scratch)
{
	struct value item = { .p = NULL };
	uint32_t i = 0;

	if (at->part == WHOLE)
		return compare_value(t, v, scratch);
	for (; value_next(v, &item); i++) {
		if (i >= at->item && compare_value(t, &item, scratch))
			return true;
		if (i == at->item && at->part == ITEM)
			break;
	}
	return false;
}

static uint16_t
put_substitution(struct compiler *m, const struct xpath_test *t,
    const struct place *at, struct exits to)
{
	const struct xpath_literal *const l = &t->literal;
	const uint16_t index = at->node->index;
	const struct value *const v = &m->s->tree->values[index];
	struct program_op op = { .kind = PROGRAM_VALUE,
		.width = (uint8_t)(v->n & 0xf),
		.index = index,
		.test = t };

	if (is_never_equal(t, v) && at->part == WHOLE)
		return t->op == XPATH_NE ? to.yes : to.no;
	if (at->part != WHOLE) {
		op.kind = at->part == ITEM ? PROGRAM_ITEM : PROGRAM_REST;
		op.u.item = at->item;
	} else if (is_plain_integer(v) && is_number_test(t, v)) {
		const bool equal =
		    t->subject == XPATH_NODE && t->op == XPATH_EQ && l->n == 1;
		op.kind = equal ? PROGRAM_EQUAL : PROGRAM_NUMBER;
		if (equal)
			op.u.number = l->numbers[0];
	} else if (v->type == VALUE_WSTRING && t->subject == XPATH_NODE &&
		   (t->op == XPATH_EQ || t->op == XPATH_NE) && l->quoted &&
		   !l->is_guid && !l->has_clock) {
		op.kind = PROGRAM_WIDE;
	}
	return put_op(m, op, to);
}

/* True if one of the nodes is nested BinXML that a System-only tree omits. */
static bool
has_nested(const struct compiler *m, const struct node *kids)
{
	const struct value *const values = m->s->tree->values;

	if (!m->s->system_only)
		return false;
	while (kids != NULL && (kids->kind != NODE_SUBSTITUTION ||
				   values[kids->index].type != VALUE_BINXML))
		kids = kids->next;
	return kids != NULL;
}

/* True if a node with several leaves satisfies the test. Its value is the
 * joined text of the leaves. */
static bool
compare_pieces(const struct xpath_test *t, const struct node *node,
    const struct value *values, struct buf *scratch)
{
	buf_cut(scratch, 0);
	for (const struct node *k = node->kids; k != NULL; k = k->next)
		value_text(scratch, tree_value(k, values));
	const struct value v = value_utf8(buf_span(scratch));
	return compare_value(t, &v, scratch);
}

/* Compile a test of the value of an element or an attribute. An element that
 * contains elements has no value. */
static uint16_t
put_value(struct compiler *m, const struct xpath_test *t,
    const struct place *at, struct exits to)
{
	const struct value *const values = m->s->tree->values;
	const struct node *const leaf = at->node->kids;

	if (t->subject == XPATH_NODE && t->op == XPATH_EXISTS &&
	    at->part == WHOLE)
		return to.yes;
	if (tree_element(at->node->kids) != NULL)
		return to.no;
	if (has_nested(m, leaf))
		return PROGRAM_MAYBE;
	if (leaf != NULL && leaf->next != NULL) {
		const struct program_op op = {
			.kind = PROGRAM_PIECES, .test = t, .u.node = at->node
		};
		if (!m->s->now)
			return put_op(m, op, to);
		return compare_pieces(t, at->node, values, m->s->scratch)
			   ? to.yes
			   : to.no;
	}
	const struct value none = value_utf8(SPAN(""));
	const struct value *const v =
	    leaf == NULL ? &none : tree_value(leaf, values);
	if (leaf == NULL || leaf->kind == NODE_TEXT || m->s->now)
		return compare_part(t, v, at, m->s->scratch) ? to.yes : to.no;
	const struct place of = { leaf, at->position, at->part, at->item };
	return put_substitution(m, t, &of, to);
}

/* --- paths ---------------------------------------------------------------- */

static uint16_t put_path(struct compiler *m, const struct xpath_expr *x,
    const struct xpath_step *s, const struct place *at, struct exits to);

/* Compile the predicates of a step and the rest of its path, for one node that
 * the step selects. */
static uint16_t
put_candidate(struct compiler *m, const struct xpath_expr *x,
    const struct xpath_step *s, const struct place *at, struct exits to)
{
	to.yes = s->next != NULL ? put_path(m, x, s->next, at, to)
				 : put_value(m, &x->test, at, to);
	for (const struct xpath_expr *f = s->filter;
	     f != NULL && to.yes != to.no; f = f->next)
		to.yes = put_expr(m, f, at, to);
	return to.yes;
}

/* Compile tests of the items of an array, each at its own position. All items
 * beyond the largest position in the predicates are tested by one operation,
 * because their number differs between records. */
static uint16_t
put_items(struct compiler *m, const struct xpath_expr *x,
    const struct xpath_step *s, struct place *at, struct exits to)
{
	const uint32_t first = at->position;

	for (; at->position <= s->position_max && to.no != to.yes;
	     at->position++) {
		at->part = ITEM;
		at->item = at->position - first;
		to.no = put_candidate(m, x, s, at, to);
	}
	at->part = REST;
	at->item = at->position - first;
	return to.no == to.yes ? to.no : put_candidate(m, x, s, at, to);
}

static uint16_t
put_elements(struct compiler *m, const struct xpath_expr *x,
    const struct xpath_step *s, const struct place *at, struct exits to)
{
	const struct node *n =
	    at->node == NULL ? m->s->tree->root : at->node->kids;
	struct place here = { NULL, 1, WHOLE, 0 };

	/* Elements with this name may also be in nested BinXML, which a
	 * System-only tree does not contain. The System is never nested. */
	if (to.no != to.yes && at->node != NULL &&
	    has_nested(m, at->node->kids) &&
	    !(at->node == m->s->tree->root && span_eq(s->name, SPAN("System"))))
		return PROGRAM_MAYBE;
	for (; n != NULL && to.no != to.yes; n = n->next) {
		if (n->kind == NODE_ELEMENT &&
		    (s->name.n == 0 || span_eq(n->name, s->name))) {
			const struct node *const leaf = tree_leaf(n);
			/* An array counts as several elements. */
			const bool list =
			    leaf != NULL &&
			    (tree_value(leaf, m->s->tree->values)->type &
				VALUE_ARRAY) != 0;
			here.node = n;
			here.part = WHOLE;
			to.no = s->positional && list
				    ? put_items(m, x, s, &here, to)
				    : put_candidate(m, x, s, &here, to);
			here.position++;
		}
		if (at->node == NULL)
			break; /* the element Event has no siblings */
	}
	return to.no;
}

static uint16_t
put_path(struct compiler *m, const struct xpath_expr *x,
    const struct xpath_step *s, const struct place *at, struct exits to)
{
	const struct node *a = at->node == NULL ? NULL : at->node->attrs;

	/* An item of an array has no child elements. */
	if (!s->attribute)
		return at->part != WHOLE ? to.no
					 : put_elements(m, x, s, at, to);
	for (; a != NULL && to.no != to.yes; a = a->next) {
		const struct place here = { a, 0, WHOLE, 0 };
		/* Namespace declarations are not attributes (XPath 1.0, 5.3).
		 */
		const bool declares = span_eq(a->name, SPAN("xmlns")) ||
				      span_starts(a->name, SPAN("xmlns:"));
		if (s->name.n == 0 ? !declares : span_eq(a->name, s->name))
			to.no = put_candidate(m, x, s, &here, to);
	}
	return to.no;
}

/* --- expressions ---------------------------------------------------------- */

/* True if a path of the expression selects something outside of the element
 * System. Paths start at the element Event or, if `above`, at its parent. */
static bool
leads_out(const struct xpath_expr *x, bool above)
{
	const struct xpath_step *s = x->path;

	if (x->kind != XPATH_TEST) {
		const struct xpath_expr *k = x->kids;
		while (k != NULL && !leads_out(k, above))
			k = k->next;
		return k != NULL;
	}
	if (x->test.subject == XPATH_POSITION || s == NULL)
		return false;
	if (above) {
		const struct xpath_expr *f = s->filter;
		while (f != NULL && !leads_out(f, false))
			f = f->next;
		if (f != NULL)
			return true;
		s = s->next;
	}
	return s != NULL && !s->attribute && !span_eq(s->name, SPAN("System"));
}

/* Compile those operands of `and` or `or` for which leads_out() equals `out`.
 * The operand compiled last is tested first. */
static void
put_parts(struct compiler *m, const struct xpath_expr *x,
    const struct place *at, bool out, struct exits *to)
{
	const bool above = at->node == NULL;

	for (const struct xpath_expr *k = x->kids;
	     k != NULL && to->yes != to->no; k = k->next) {
		if (leads_out(k, above) != out)
			continue;
		if (x->kind == XPATH_OR)
			to->no = put_expr(m, k, at, *to);
		else
			to->yes = put_expr(m, k, at, *to);
	}
}

static uint16_t
put_expr(struct compiler *m, const struct xpath_expr *x, const struct place *at,
    struct exits to)
{
	if (x->kind == XPATH_TEST && x->test.subject == XPATH_POSITION)
		return compare_number(&x->test, at->position) ? to.yes : to.no;
	if (x->kind == XPATH_TEST)
		return put_path(m, x, x->path, at, to);
	/* Test the System first: a System-only tree contains it, and its
	 * literals are the same for all records with a template. */
	put_parts(m, x, at, true, &to);
	put_parts(m, x, at, false, &to);
	return x->kind == XPATH_OR ? to.no : to.yes;
}

static uint16_t
put_query(struct compiler *m, const struct program_query *q, struct exits to)
{
	const struct place start = { NULL, 1, WHOLE, 0 };
	const struct program_channels *const known = m->s->channels;

	if (known != NULL && !program_has_channel(known, q->channel))
		return to.no;
	to.yes = put_expr(m, q->expr, &start, to);
	if (known != NULL)
		return to.yes;
	const struct program_op op = { .kind = PROGRAM_CHANNEL,
		.u.channel = q->channel };
	return put_op(m, op, to);
}

void
program_make(struct program *p, const struct program_source *s)
{
	struct compiler m = { s, p };

	*p = (struct program){ .ops = s->ops, .entry = PROGRAM_NO };
	for (const struct program_rule *r = s->rules;
	     r != NULL && p->entry != PROGRAM_YES; r = r->next) {
		const uint16_t no = p->entry;
		struct exits to = { PROGRAM_YES, no };
		const struct program_query *q;
		for (q = r->suppress; q != NULL; q = q->next)
			to.yes = put_query(&m, q, (struct exits){ no, to.yes });
		for (q = r->select; q != NULL; q = q->next)
			to.no = put_query(&m, q, to);
		p->entry = to.no;
	}
}

/* --- running -------------------------------------------------------------- */

static bool
run_number(const struct program_op *op, const struct value *v)
{
	const struct xpath_test *const t = op->test;
	uint64_t n = le_uint(v->p, op->width);

	if (t->subject == XPATH_BAND)
		n &= t->argument;
	return compare_number(t, n);
}

static bool
run_op(const struct program_op *op, const struct program_facts *f)
{
	const struct xpath_test *const t = op->test;
	const struct place at = { .part =
				      op->kind == PROGRAM_ITEM ? ITEM : REST,
		.item = (uint32_t)op->u.item };

	if (op->kind == PROGRAM_CHANNEL)
		return program_has_channel(
		    f->channels, (unsigned)op->u.channel);
	if (op->kind == PROGRAM_PIECES)
		return compare_pieces(t, op->u.node, f->values, f->scratch);
	const struct value *const v = &f->values[op->index];
	switch (op->kind) {
	case PROGRAM_NUMBER:
		return run_number(op, v);
	case PROGRAM_WIDE:
		return span_eq(text_trim_utf16(value_bytes(v)),
			   t->literal.wide) == (t->op == XPATH_EQ);
	case PROGRAM_VALUE:
		return compare_value(t, v, f->scratch);
	default:
		return compare_part(t, v, &at, f->scratch);
	}
}

/* True if the known channels and value alone decide the result of the
 * operation. */
static bool
is_decided(const struct program_op *op, const struct program_known *k)
{
	if (op->kind == PROGRAM_CHANNEL)
		return true;
	return k->value != NULL && op->index == k->index &&
	       (op->kind == PROGRAM_EQUAL || op->kind == PROGRAM_NUMBER);
}

/* The exit in the specialized program. An exit to a decided operation is
 * replaced by the exit of that operation, whose `yes` and `no` are the same. */
static uint16_t
follow(const struct program_op *ops, const struct program *p,
    const struct program_known *k, uint16_t at)
{
	return at < PROGRAM_MAYBE && is_decided(&p->ops[at], k) ? ops[at].yes
								: at;
}

/* One loop is enough because exits lead only to operations with a lower index.
 */
void
program_specialize(struct program *to, const struct program *p,
    const struct program_known *known, struct program_op *ops)
{
	for (size_t i = 0; i < p->n; i++) {
		struct program_op op = p->ops[i];
		op.yes = follow(ops, p, known, op.yes);
		op.no = follow(ops, p, known, op.no);
		if (is_decided(&op, known)) {
			const bool yes =
			    op.kind == PROGRAM_CHANNEL
				? program_has_channel(
				      known->channels, (unsigned)op.u.channel)
			    : op.kind == PROGRAM_EQUAL
				? le_uint(known->value->p, op.width) ==
				      op.u.number
				: run_number(&op, known->value);
			op.yes = op.no = yes ? op.yes : op.no;
		}
		ops[i] = op;
	}
	*to = *p;
	to->ops = ops;
	to->entry = follow(ops, p, known, p->entry);
}

uint16_t
program_answer(const struct program *p, const struct program_facts *f)
{
	uint16_t at = p->entry;

	while (at < PROGRAM_MAYBE) {
		const struct program_op *const op = &p->ops[at];
		const bool yes = op->kind == PROGRAM_EQUAL
				     ? le_uint(f->values[op->index].p,
					   op->width) == op->u.number
				     : run_op(op, f);
		at = yes ? op->yes : op->no;
	}
	return at;
}
