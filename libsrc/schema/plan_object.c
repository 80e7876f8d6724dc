/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/plan_object.h"
#include "util/num.h"

/*
 * Every member is written with a comma after it. A member that is left out is
 * removed again together with its name; the end of the object replaces the last
 * comma.
 */
struct object {
	struct plan_writer *w;
	const struct plan_leaves *leaves;
	const struct value *values;
	size_t text;   /* offset in the buffer of the text written last */
	size_t text_n; /* length of that text; 0 if it was left out */
	size_t inner;  /* offset of the first member of the inner object */
};

/* Write the text; it is copied if the line already has it and all of it is
 * needed. False if the buffer is full. */
static bool
write_content(const struct object *o, const struct plan_member *m)
{
	const unsigned shared =
	    m->part == NULL ? o->leaves->shared[m->leaf] : 0;
	const struct value *const v =
	    tree_value(o->leaves->leaf[m->leaf], o->values);

	if (shared != 0) {
		const size_t n = o->w->plan->shared_text[shared].n;
		return n == 0 || plan_writer_copy(o->w,
				     o->w->plan->shared_text[shared].at, n);
	}
	if (v->type == VALUE_NULL)
		return true;
	if (v->type != VALUE_WSTRING)
		return plan_writer_value(
		    o->w, m->put != NULL ? m->put : value_json, v);
	const struct span s = text_trim_utf16(value_bytes(v));
	return plan_writer_utf16(o->w, m->part != NULL ? m->part(s) : s);
}

/* Write a member of kind TEXT. False if the buffer is full. */
static bool
write_text(struct object *o, const struct plan_member *m, bool *written)
{
	struct plan_writer *const w = o->w;
	const size_t begin = plan_writer_offset(w);

	plan_writer_short(w, &m->name);
	const size_t start = plan_writer_offset(w);
	if (!write_content(o, m))
		return false;
	size_t n = plan_writer_offset(w) - start;
	if (m->edit != NULL)
		n = m->edit(w->out->p + start, n);
	const struct span text = span_of(w->out->p + start, n);
	const struct span before = span_of(w->out->p + o->text, o->text_n);
	*written = n != 0 && (n != 1 || *text.p != '-') &&
		   !(m->differs && span_eq(text, before)) &&
		   (m->ok == NULL || m->ok(text));
	o->text = start;
	o->text_n = *written ? n : 0;
	plan_writer_rewind(w, *written ? start + n : begin);
	if (*written)
		plan_writer_bytes(w, SPAN("\","));
	return true;
}

/* Write a number, or its name; true if it was written. */
static bool
write_number(struct object *o, const struct plan_member *m)
{
	const struct value *const v =
	    tree_value(o->leaves->leaf[m->leaf], o->values);
	struct plan_writer *const w = o->w;
	uint64_t n;

	if (!value_u64(v, &n))
		return false;
	if (m->kind == PLAN_MEMBER_NUMBER) {
		if (n > m->max)
			return false;
		plan_writer_short(w, &m->name);
		w->at = num_u64(w->at, n);
		*w->at++ = ',';
		return true;
	}
	const char *const word = m->word(n);
	if (word == NULL)
		return false;
	plan_writer_short(w, &m->name);
	plan_writer_bytes(w, span_of(word, strnlen(word, PLAN_SCALAR_MAX - 2)));
	plan_writer_bytes(w, SPAN("\","));
	return true;
}

/* Write a member of any kind. False if the buffer is full. */
static bool
write_member(struct object *o, const struct plan_member *m, bool *written)
{
	struct plan_writer *const w = o->w;

	*written = true;
	if (m->kind == PLAN_MEMBER_OPEN) {
		plan_writer_short(w, &m->name);
		o->inner = plan_writer_offset(w);
	} else if (m->kind == PLAN_MEMBER_CLOSE) {
		if (plan_writer_offset(w) == o->inner) {
			plan_writer_rewind(w, o->inner - m->name.n);
			return true;
		}
		w->at[-1] = '}';
		*w->at++ = ',';
	} else if (o->leaves->leaf[m->leaf] == NULL) {
		*written = false;
	} else if (m->kind == PLAN_MEMBER_TEXT) {
		return write_text(o, m, written);
	} else {
		*written = write_number(o, m);
	}
	return true;
}

bool
plan_object_run(
    struct plan_writer *w, const struct plan_op *op, const struct value *values)
{
	const struct plan_object *const what = op->object.what;
	struct object o = { .w = w,
		.leaves = &w->plan->leaves[op->object.leaves],
		.values = values };
	const size_t begin = plan_writer_offset(w);
	bool written = true;

	plan_writer_short(w, &what->begin);
	const size_t first = plan_writer_offset(w);
	for (size_t i = 0; i < what->n; i++) {
		if (!write_member(&o, &what->members[i], &written))
			return false;
		if (what->members[i].required && !written)
			break;
	}
	if (plan_writer_offset(w) == first) {
		plan_writer_rewind(w, begin);
	} else {
		w->at--;
		plan_writer_short(w, &what->end);
	}
	return true;
}
