/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects whose members depend on the values of each record. A comma is written
 * behind each member, so that one that is left out is simply taken back, and
 * the end of the object takes the place of the last.
 */
#include "schema/plan_writer.h"
#include "util/num.h"

/* An object that is being written. */
struct object {
	struct pen *pen;
	const struct plan_op *op;
	const struct value *values;
	bool said;    /* the member written last is there */
	size_t text;  /* of the text written last: where it is */
	size_t n;     /* and its bytes, 0 if it was left out */
	size_t inner; /* where the members of the object inside begin */
};

static void
take_back(struct pen *pen, size_t at)
{
	pen->w = pen->out->p + at;
}

static bool
put_value(struct pen *pen, const struct plan_member *m, const struct value *v)
{
	if (v->type == VALUE_NULL)
		return true;
	if (v->type != VALUE_WSTRING)
		return pen_long(pen, m->put != NULL ? m->put : value_json, v);
	const struct span s = text_trim_utf16(value_bytes(v));
	return pen_text(pen, m->part != NULL ? m->part(s) : s);
}

/* The text itself: from where the line has it, if it does. */
static bool
put_content(const struct object *o, const struct plan_member *m)
{
	const struct plan_op *const op = o->op;
	const unsigned seen = m->part == NULL ? op->object.seen[m->of] : 0;

	if (seen == 0)
		return put_value(
		    o->pen, m, tree_value(op->object.leaf[m->of], o->values));
	const size_t n = o->pen->plan->text_at[seen].n;
	return n == 0 || pen_again(o->pen, o->pen->plan->text_at[seen].at, n);
}

static bool
is_wanted(const struct object *o, const struct plan_member *m, struct span text)
{
	if (text.n == 0 || (text.n == 1 && text.p[0] == '-'))
		return false;
	if (m->differs &&
	    span_eq(text, span_of(o->pen->out->p + o->text, o->n)))
		return false;
	return m->ok == NULL || m->ok(text);
}

static bool
put_text(struct object *o, const struct plan_member *m)
{
	struct pen *const pen = o->pen;
	const size_t begun = pen_at(pen);

	pen->w = pen_name(pen->w, &m->name);
	const size_t start = pen_at(pen);
	if (!put_content(o, m))
		return false;
	if (m->edit != NULL)
		pen->w = pen->out->p + start +
			 m->edit(pen->out->p + start, pen_at(pen) - start);
	const size_t n = pen_at(pen) - start;
	o->said = is_wanted(o, m, span_of(pen->out->p + start, n));
	o->text = start;
	o->n = o->said ? n : 0;
	if (!o->said) {
		take_back(pen, begun);
		return true;
	}
	*pen->w++ = '"';
	*pen->w++ = ',';
	return true;
}

static void
put_number(struct object *o, const struct plan_member *m)
{
	const struct value *const v =
	    tree_value(o->op->object.leaf[m->of], o->values);
	struct pen *const pen = o->pen;
	uint64_t n;

	o->said = value_u64(v, &n) && n <= m->max;
	if (!o->said)
		return;
	pen->w = num_u64(pen_name(pen->w, &m->name), n);
	*pen->w++ = ',';
}

static void
put_word(struct object *o, const struct plan_member *m)
{
	const struct value *const v =
	    tree_value(o->op->object.leaf[m->of], o->values);
	struct pen *const pen = o->pen;
	uint64_t n;
	const char *const word = value_u64(v, &n) ? m->word(n) : NULL;

	o->said = word != NULL;
	if (!o->said)
		return;
	const size_t size = strnlen(word, PLAN_SCALAR_MAX - 2);
	pen->w = pen_name(pen->w, &m->name);
	memcpy(pen->w, word, size);
	pen->w[size] = '"';
	pen->w[size + 1] = ',';
	pen->w += size + 2;
}

static void
put_into(struct object *o, const struct plan_member *m)
{
	o->pen->w = pen_name(o->pen->w, &m->name);
	o->inner = pen_at(o->pen);
}

static void
put_out(struct object *o, const struct plan_member *m)
{
	struct pen *const pen = o->pen;

	if (pen_at(pen) == o->inner) {
		take_back(pen, o->inner - m->name.n);
		return;
	}
	pen->w[-1] = '}';
	*pen->w++ = ',';
}

/* False if the buffer is full. */
static bool
put_member(struct object *o, const struct plan_member *m)
{
	const bool inside =
	    m->kind == PLAN_MEMBER_INTO || m->kind == PLAN_MEMBER_OUT;

	o->said = inside;
	if (!inside && o->op->object.leaf[m->of] == NULL)
		return true;
	switch ((enum plan_member_kind)m->kind) {
	case PLAN_MEMBER_TEXT:
		return put_text(o, m);
	case PLAN_MEMBER_NUMBER:
		put_number(o, m);
		break;
	case PLAN_MEMBER_WORD:
		put_word(o, m);
		break;
	case PLAN_MEMBER_INTO:
		put_into(o, m);
		break;
	case PLAN_MEMBER_OUT:
		put_out(o, m);
		break;
	}
	return true;
}

bool
plan_put_object(
    struct pen *pen, const struct plan_op *op, const struct value *values)
{
	const struct plan_object *const what = op->object.what;
	struct object o = { .pen = pen, .op = op, .values = values };
	const size_t begun = pen_at(pen);

	pen->w = pen_name(pen->w, &what->begin);
	const size_t first = pen_at(pen);
	for (size_t i = 0; i < what->n; i++) {
		if (!put_member(&o, &what->members[i]))
			return false;
		if (what->members[i].leads && !o.said)
			break;
	}
	if (pen_at(pen) == first)
		take_back(pen, begun);
	else
		pen->w = pen_name(pen->w - 1, &what->end);
	return true;
}
