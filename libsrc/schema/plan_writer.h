/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line that a running plan writes, for plan_run.c and plan_object.c.
 *
 * Room for everything of a known maximum size is reserved once per line, so
 * literals, numbers, times and GUIDs are written without checks; texts reserve
 * room themselves. Functions that return bool return false if the buffer is
 * full.
 */
#ifndef SCHEMA_PLAN_WRITER_H
#define SCHEMA_PLAN_WRITER_H

#include <string.h>

#include "schema/plan.h"
#include "util/text.h"
#include "util/text_variant.h"

struct plan_writer {
	uint8_t *at; /* position of the next byte of the line */

	/* Position before which a text must end; after it there is room for
	 * plan->fixed bytes. */
	const uint8_t *end;
	struct plan *plan;
	struct buf *out;
	/* Offset in the buffer at which the text after PLAN_OPTIONAL begins. */
	size_t optional;
	/* Array items so far, without the first of each array. */
	unsigned shifted;
	size_t time;   /* offset of the time that PLAN_TIME wrote */
	size_t time_n; /* length of that time in bytes */
};

/* Returns the offset in the buffer; unlike `at`, it stays valid when the buffer
 * grows. */
static inline size_t
plan_writer_offset(const struct plan_writer *w)
{
	return (size_t)(w->at - w->out->p);
}

static inline void
plan_writer_rewind(struct plan_writer *w, size_t offset)
{
	w->at = w->out->p + offset;
}

/* Prepare the buffer for functions that append to it. */
static inline void
plan_writer_suspend(struct plan_writer *w)
{
	w->out->n = plan_writer_offset(w);
}

/* Continue at the end of the buffer, with room for a text of n bytes. */
static inline bool
plan_writer_resume(struct plan_writer *w, size_t n)
{
	struct buf *const out = w->out;
	const size_t fixed = w->plan->fixed;

	if ((n + fixed > out->cap - out->n || out->full) &&
	    buf_room(out, n + fixed) == NULL)
		return false;
	w->at = out->p + out->n;
	w->end = out->p + out->cap - fixed;
	return true;
}

static inline bool
plan_writer_room(struct plan_writer *w, size_t n)
{
	if ((ptrdiff_t)n <= w->end - w->at)
		return true;
	plan_writer_suspend(w);
	return plan_writer_resume(w, n);
}

/* Copy a literal to `at`: one step, since most literals are shorter, and then
 * longer steps. The bytes after the literal are overwritten next. */
static inline uint8_t *
plan_writer_literal(uint8_t *at, const uint8_t *p, size_t n)
{
	memcpy(at, p, PLAN_STEP);
	for (size_t i = PLAN_STEP; i < n; i += PLAN_LONG_STEP)
		memcpy(at + i, p + i, PLAN_LONG_STEP);
	return at + n;
}

static inline uint8_t *
plan_short_put(uint8_t *at, const struct plan_short *s)
{
	memcpy(at, s->text, sizeof(s->text));
	return at + s->n;
}

static inline void
plan_writer_short(struct plan_writer *w, const struct plan_short *s)
{
	w->at = plan_short_put(w->at, s);
}

static inline void
plan_writer_bytes(struct plan_writer *w, struct span s)
{
	memcpy(w->at, s.p, s.n);
	w->at += s.n;
}

static inline bool
plan_writer_utf16(struct plan_writer *w, struct span s)
{
	if (!plan_writer_room(w, s.n / 2 * TEXT_UNIT_MAX + TEXT_SLACK))
		return false;
	w->at = w->plan->text->utf16_json(w->at, s);
	return true;
}

/* Write a value by a function that reserves its own room. */
static inline bool
plan_writer_value(
    struct plan_writer *w, plan_put_fn *put, const struct value *v)
{
	plan_writer_suspend(w);
	put(w->out, v);
	return plan_writer_resume(w, 0);
}

/* Write a text of any length. PLAN_LONG_STEP more bytes may be read after it.
 */
static inline bool
plan_writer_long(struct plan_writer *w, const uint8_t *p, size_t n)
{
	if (!plan_writer_room(w, n))
		return false;
	for (size_t i = 0; i < n; i += PLAN_LONG_STEP)
		memcpy(w->at + i, p + i, PLAN_LONG_STEP);
	w->at += n;
	return true;
}

/* Write a text that the line already contains. It is copied in steps by way of
 * `step`, since the last step may read beyond the text, where the copy is
 * written. */
static inline bool
plan_writer_copy(struct plan_writer *w, size_t offset, size_t n)
{
	uint8_t step[PLAN_STEP];

	if (!plan_writer_room(w, n + PLAN_STEP))
		return false;
	const uint8_t *const from = w->out->p + offset;
	for (size_t i = 0; i < n; i += PLAN_STEP) {
		memcpy(step, from + i, PLAN_STEP);
		memcpy(w->at + i, step, PLAN_STEP);
	}
	w->at += n;
	return true;
}

#endif
