/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "event/canonical.h"
#include "schema/key_parts.h"
#include "schema/plan.h"
#include "util/array.h"
#include "util/filetime.h"
#include "util/num.h"
#include "util/text.h"
#include "util/text_variant.h"

/* A part is written by the operation of this kind for a value of the type in
 * the tree (enum plan_op_kind), by key_parts_put() if there is none, or, if the
 * kind is PLAN_ITEMS, as the items of an array. */
enum { PUT = PLAN_VALUE };

/* Maximum bytes of a part that is neither text nor a SID, with its end. */
#define SCALAR_MAX 40

void
key_parts_init(struct key_parts *p)
{
	memset(p, 0, sizeof(*p));
	buf_init(&p->literals, KEY_PARTS_LITERAL_MAX);
	p->text = text_best();
}

void
key_parts_free(struct key_parts *p)
{
	buf_reset(&p->literals);
	free(p->part);
	key_parts_init(p);
}

void
key_parts_clear(struct key_parts *p)
{
	buf_cut(&p->literals, 0);
	p->n = 0;
	p->failed = false;
}

static void
add(struct key_parts *p, unsigned kind, const struct node *leaf)
{
	struct key_part *const parts =
	    p->n == KEY_PARTS_MAX
		? NULL
		: array_grow(p->part, p->n, &p->cap, sizeof(*parts));

	if (parts == NULL) {
		p->failed = true;
		return;
	}
	p->part = parts;
	parts[p->n++] = (struct key_part){
		.kind = (uint8_t)kind,
		.index = leaf->index,
		.literal_end = (uint32_t)p->literals.n,
		.leaves = leaf,
	};
}

void
key_parts_put(
    struct buf *out, const struct node *leaves, const struct value *values)
{
	const size_t start = out->n;

	for (const struct node *n = leaves; n != NULL; n = n->next) {
		if (n->kind != NODE_ELEMENT)
			value_json(out, tree_value(n, values));
	}
	if (out->n != start)
		canonical_rewrite(out, start);
	buf_byte(out, KEY_PART_END);
}

void
key_parts_add(
    struct key_parts *p, const struct node *leaves, const struct tree *t)
{
	const struct node *value = NULL;
	size_t n = 0;

	for (const struct node *k = leaves; k != NULL; k = k->next) {
		n += k->kind != NODE_ELEMENT;
		if (k->kind == NODE_SUBSTITUTION)
			value = k;
	}
	if (value == NULL)
		key_parts_put(&p->literals, leaves, t->values);
	else if (n == 1)
		add(p, plan_kind(tree_value(value, t->values)), value);
	else
		add(p, PUT, leaves);
}

void
key_parts_add_items(struct key_parts *p, const struct node *array)
{
	add(p, PLAN_ITEMS, array);
}

void
key_parts_add_byte(struct key_parts *p, uint8_t byte)
{
	buf_byte(&p->literals, byte);
}

void
key_parts_trim(struct key_parts *p)
{
	const size_t size = p->n * sizeof(*p->part);
	struct key_part *const part = size == 0 ? NULL : realloc(p->part, size);

	if (part != NULL) {
		p->part = part;
		p->cap = p->n;
	}
	buf_trim(&p->literals);
}

size_t
key_parts_bytes(const struct key_parts *p)
{
	return p->cap * sizeof(*p->part) + p->literals.cap;
}

/* --- writing -------------------------------------------------------------- */

/* Room for everything of a known size is reserved once, so only texts and SIDs
 * need to be checked: they must end before `end`, and after it there is room
 * for all the rest. */
struct writer {
	uint8_t *at; /* position of the next byte */
	const uint8_t *end;
	struct buf *out;
	size_t fixed; /* number of bytes after `end` */
};

/* Let `out` contain what was written, for functions that append to it. */
static inline void
suspend(struct writer *w)
{
	w->out->n = (size_t)(w->at - w->out->p);
}

/* Continue at the end of `out`, with room for a text of n bytes. */
static inline bool
resume(struct writer *w, size_t n)
{
	const struct buf *const out = w->out;

	if ((n + w->fixed > out->cap - out->n || out->full) &&
	    buf_room(w->out, n + w->fixed) == NULL)
		return false;
	w->at = w->out->p + w->out->n;
	w->end = w->out->p + w->out->cap - w->fixed;
	return true;
}

static inline bool
room(struct writer *w, size_t n)
{
	if (w->end - w->at >= (ptrdiff_t)n)
		return true;
	suspend(w);
	return resume(w, n);
}

static inline bool
write_utf16(struct writer *w, const struct key_parts *p, const struct value *v)
{
	const struct span s = text_trim_utf16(value_bytes(v));

	if (!room(w, s.n / 2 * TEXT_UNIT_MAX + TEXT_SLACK))
		return false;
	uint8_t *const start = w->at;
	w->at = p->text->utf16_json(start, s);
	if (canonical_is_final(span_of(start, (size_t)(w->at - start))))
		return true;
	suspend(w);
	canonical_rewrite(w->out, (size_t)(start - w->out->p));
	return resume(w, 0);
}

static inline bool
write_sid(struct writer *w, const struct value *v)
{
	if (!room(w, NUM_SID_MAX))
		return false;
	uint8_t *const start = w->at;
	w->at = num_sid(start, value_bytes(v));
	return w->at != start;
}

static void
put_items(struct buf *out, const struct value *array)
{
	struct value item = { .p = NULL };
	bool more = value_next(array, &item);

	do {
		if (more)
			canonical_put(out, &item);
		buf_byte(out, KEY_PART_END);
		more = more && value_next(array, &item);
	} while (more);
}

static bool
write_by_call(
    struct writer *w, const struct key_part *part, const struct value *values)
{
	suspend(w);
	if (part->kind == PLAN_ITEMS)
		put_items(w->out, &values[part->index]);
	else
		key_parts_put(w->out, part->leaves, values);
	return resume(w, 0);
}

/* Write the text of a value of this kind. False if it must be written by a
 * call, or if the buffer is full. */
static inline bool
write_value(struct writer *w, const struct key_parts *p, unsigned kind,
    const struct value *v)
{
	uint8_t *const start = w->at;

	switch (kind) {
	case PLAN_WSTRING:
		return write_utf16(w, p, v);
	case PLAN_SID:
		return write_sid(w, v);
	case PLAN_U8:
	case PLAN_U16:
	case PLAN_U32:
	case PLAN_UNSIGNED:
		w->at = num_u64(start, le_uint(v->p, v->n));
		return true;
	case PLAN_HEX:
		w->at = num_hex(start, le_uint(v->p, v->n));
		return true;
	case PLAN_GUID:
		w->at = num_guid(start, v->p, false);
		return true;
	case PLAN_FILETIME:
		w->at = filetime_put(start, le_u64(v->p));
		return true;
	default:
		return false;
	}
}

static inline void
write_literal(struct writer *w, const uint8_t *p, size_t n)
{
	if (n != 0)
		memcpy(w->at, p, n);
	w->at += n;
}

bool
key_parts_write(
    const struct key_parts *p, const struct value *values, struct buf *out)
{
	struct writer w = { .out = out,
		.fixed = p->literals.n + p->n * SCALAR_MAX };
	const uint8_t *const literals = p->literals.p;
	size_t at = 0;

	if (p->failed || p->literals.full || !resume(&w, 0))
		return false;
	for (size_t i = 0; i < p->n; i++) {
		const struct key_part *const part = &p->part[i];
		const struct value *const v = &values[part->index];

		write_literal(&w, literals + at, part->literal_end - at);
		at = part->literal_end;
		if (write_value(&w, p, part->kind, v))
			*w.at++ = KEY_PART_END;
		else if (out->full || !write_by_call(&w, part, values))
			return false;
	}
	write_literal(&w, literals + at, p->literals.n - at);
	suspend(&w);
	return true;
}
