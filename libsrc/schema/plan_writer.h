/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pen that a plan is written with, for what runs one: plan_run.c, and
 * plan_object.c for members that may be left out.
 */
#ifndef SCHEMA_PLAN_WRITER_H
#define SCHEMA_PLAN_WRITER_H

#include <string.h>

#include "schema/plan.h"
#include "util/text.h"
#include "util/text_variant.h"

/* Where the line is being written. Before `end` there is room for a long value;
 * behind it there is still room for all that the plan writes beside those. */
struct pen {
	uint8_t *w;
	const uint8_t *end;
	struct plan *plan;
	struct buf *out;
	size_t begun;   /* bytes of the buffer at PLAN_BEGIN */
	unsigned moved; /* places that arrays took beyond one each */
	size_t time;    /* and where PLAN_TIME wrote how many */
	size_t time_n;
};

/* Tell the buffer what was written so far. */
static inline void
pen_lift(struct pen *pen)
{
	pen->out->n = (size_t)(pen->w - pen->out->p);
}

/* Go on behind what the buffer has, with room for a value of n bytes; false if
 * the buffer is full. */
static inline bool
pen_lower(struct pen *pen, size_t n)
{
	struct buf *const out = pen->out;
	const size_t fixed = pen->plan->fixed;

	if ((n + fixed > out->cap - out->n || out->full) &&
	    buf_room(out, n + fixed) == NULL)
		return false;
	pen->w = out->p + out->n;
	pen->end = out->p + out->cap - fixed;
	return true;
}

static inline bool
pen_room(struct pen *pen, size_t n)
{
	if ((ptrdiff_t)n <= pen->end - pen->w)
		return true;
	pen_lift(pen);
	return pen_lower(pen, n);
}

static inline uint8_t *
pen_literal(uint8_t *w, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i += PLAN_STEP)
		memcpy(w + i, p + i, PLAN_STEP);
	return w + n;
}

static inline uint8_t *
pen_name(uint8_t *w, const struct plan_name *name)
{
	memcpy(w, name->text, sizeof(name->text));
	return w + name->n;
}

/* Bytes of the buffer so far: these stay when it grows. */
static inline size_t
pen_at(const struct pen *pen)
{
	return (size_t)(pen->w - pen->out->p);
}

static inline bool
pen_text(struct pen *pen, struct span s)
{
	if (!pen_room(pen, s.n / 2 * TEXT_UNIT_MAX + TEXT_SLACK))
		return false;
	pen->w = pen->plan->text->utf16_json(pen->w, s);
	return true;
}

/* What reserves room itself. */
static inline bool
pen_long(struct pen *pen, plan_put_fn *put, const struct value *v)
{
	pen_lift(pen);
	put(pen->out, v);
	return pen_lower(pen, 0);
}

/* A text again that the line has already: in steps, of which the last may lap
 * over what it copies, but not over the text. */
static inline bool
pen_again(struct pen *pen, size_t at, size_t n)
{
	uint8_t step[PLAN_STEP];

	if (!pen_room(pen, n + PLAN_STEP))
		return false;
	const uint8_t *const from = pen->out->p + at;
	for (size_t i = 0; i < n; i += PLAN_STEP) {
		memcpy(step, from + i, PLAN_STEP);
		memcpy(pen->w + i, step, PLAN_STEP);
	}
	pen->w += n;
	return true;
}

/* A PLAN_OBJECT; false if the buffer is full. */
bool plan_put_object(
    struct pen *pen, const struct plan_op *op, const struct value *values);

#endif
