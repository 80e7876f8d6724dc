/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "schema/plan.h"
#include "util/num.h"
#include "util/text.h"

#define OPS_FIRST 64U

/* What stands in for a time until it is known: as long as one. */
static const char blank_time[] = "0000-00-00T00:00:00.0000000Z";

void
plan_init(struct plan *p)
{
	memset(p, 0, sizeof(*p));
	buf_init(&p->lits, PLAN_LITERAL_MAX);
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
	op->kind = kind;
	op->lit_end = p->lits.n;
	return op;
}

void
plan_leaf(struct plan *p, const struct node *leaf,
    void (*put)(struct buf *out, const struct value *v))
{
	if (leaf->kind != NODE_HOLE) {
		put(&p->lits, &leaf->value);
		return;
	}
	struct plan_op *const op = add(p, PLAN_VALUE);
	if (op == NULL)
		return;
	op->hole = leaf->hole;
	op->put = put;
}

void
plan_op(struct plan *p, enum plan_op_kind kind)
{
	(void)add(p, kind);
}

void
plan_end(struct plan *p)
{
	(void)add(p, PLAN_LITERAL);
	if (p->lits.full)
		p->failed = true;
}

static void
put_time(struct plan_facts *facts, struct buf *out)
{
	uint8_t *const w = buf_room(out, NUM_TIME_MAX);

	if (w == NULL)
		return;
	if (facts->has_time) {
		out->n += (size_t)(num_filetime(w, facts->time) - w);
		return;
	}
	facts->time_patch = out->n;
	buf_str(out, blank_time);
}

static void
put_time_tail(struct plan_facts *facts, struct buf *out)
{
	if (!facts->has_time) {
		buf_str(out, ",\"TimeSource_CF\":\"inferred\"");
		return;
	}
	buf_str(out, ",\"TimeCreated_CF\":\"");
	put_time(facts, out);
	buf_byte(out, '"');
}

static void
run_op(const struct plan_op *op, const struct value *values,
    struct plan_facts *facts, struct buf *out)
{
	switch (op->kind) {
	case PLAN_VALUE:
		op->put(out, &values[op->hole]);
		break;
	case PLAN_KEY:
		buf_put(out, span_of(facts->key, PLAN_KEY_HEX));
		break;
	case PLAN_TIME:
		put_time(facts, out);
		break;
	case PLAN_TIME_TAIL:
		put_time_tail(facts, out);
		break;
	case PLAN_LITERAL:
		break;
	}
}

void
plan_run(const struct plan *p, const struct value *values,
    struct plan_facts *facts, struct buf *out)
{
	size_t at = 0;

	facts->time_patch = PLAN_NO_PATCH;
	for (size_t i = 0; i < p->n; i++) {
		const struct plan_op *const op = &p->ops[i];
		buf_put(out, span_of(p->lits.p + at, op->lit_end - at));
		at = op->lit_end;
		run_op(op, values, facts, out);
	}
}
