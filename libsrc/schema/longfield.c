/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "schema/longfield.h"

#define NAME_MAX_BYTES 64
#define TAIL_MAX ((size_t)8 << 20)

/* A line that is being gone through. What is cut off comes behind its end. */
struct cut {
	struct buf *b;
	const struct table *t;
	bool split;
	size_t at;
	struct buf tail;  /* more members */
	struct buf names; /* of values that were truncated */
	unsigned n;
};

/* Where the character at `at` ends: an escape is one character. */
static size_t
char_end(const struct buf *b, size_t at, unsigned *bytes)
{
	const uint8_t c = b->p[at];

	*bytes = 1;
	if (c == '\\')
		return at + (b->p[at + 1] == 'u' ? 6 : 2);
	if (c < 0xc0)
		return at + 1;
	*bytes = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	return at + *bytes;
}

/* Where a part of a text that starts at `at` ends: at its quote, or where it
 * would become too long. */
static size_t
part_end(const struct buf *b, size_t at)
{
	size_t have = 0;
	unsigned bytes;

	while (b->p[at] != '"') {
		const size_t next = char_end(b, at, &bytes);
		have += bytes;
		if (have > LONGFIELD_MAX)
			return at;
		at = next;
	}
	return at;
}

static size_t
text_end(const struct buf *b, size_t at)
{
	unsigned bytes;

	while (b->p[at] != '"')
		at = char_end(b, at, &bytes);
	return at;
}

/* Where a value that is no text ends: texts inside are passed over. */
static size_t
value_end(const struct buf *b, size_t at)
{
	unsigned depth = 0;

	for (; depth > 0 || (b->p[at] != ',' && b->p[at] != '}'); at++) {
		const uint8_t c = b->p[at];
		if (c == '"')
			at = text_end(b, at + 1);
		depth += c == '{' || c == '[';
		depth -= c == '}' || c == ']';
	}
	return at;
}

static bool
has_column(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->columns[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Put the parts of a text from `at` to `end` into columns of their own; what
 * no column can have is truncated. */
static void
put_parts(struct cut *c, struct span name, size_t at, size_t end)
{
	char column[NAME_MAX_BYTES];

	for (unsigned part = 2; c->split && at < end; part++) {
		(void)snprintf(column, sizeof(column), "%.*s_%u_CF",
		    (int)name.n, (const char *)name.p, part);
		if (!has_column(c->t, column))
			break;
		const size_t to = part_end(c->b, at);
		buf_str(&c->tail, ",\"");
		buf_str(&c->tail, column);
		buf_str(&c->tail, "\":\"");
		buf_put(&c->tail, span_of(c->b->p + at, to - at));
		buf_byte(&c->tail, '"');
		at = to;
	}
	if (at == end)
		return;
	if (c->names.n != 0)
		buf_byte(&c->names, ' ');
	buf_put(&c->names, name);
}

/* The text that starts behind the quote at c->at. */
static void
cut_text(struct cut *c, struct span name)
{
	const size_t start = c->at + 1;
	const size_t to = part_end(c->b, start);
	const size_t end = text_end(c->b, to);

	c->at = end + 1;
	if (to == end)
		return;
	c->n++;
	put_parts(c, name, to, end);
	memmove(c->b->p + to, c->b->p + end, c->b->n - end);
	c->b->n -= end - to;
	c->at = to + 1;
}

static void
cut_member(struct cut *c)
{
	const size_t name = c->at + 1;
	const size_t end = text_end(c->b, name);

	c->at = end + 2;
	if (c->b->p[c->at] == '"')
		cut_text(c, span_of(c->b->p + name, end - name));
	else
		c->at = value_end(c->b, c->at);
}

static void
put_tail(struct cut *c)
{
	if (c->names.n != 0) {
		buf_str(&c->tail, ",\"Truncated_CF\":\"");
		buf_put(&c->tail, buf_span(&c->names));
		buf_byte(&c->tail, '"');
	}
	buf_cut(c->b, c->b->n - 1);
	buf_put(c->b, buf_span(&c->tail));
	buf_byte(c->b, '}');
	c->b->full = c->b->full || c->tail.full || c->names.full;
}

unsigned
longfield_cut(struct buf *b, size_t start, const struct table *t, bool split)
{
	struct cut c = { .b = b, .t = t, .split = split, .at = start + 1 };

	buf_init(&c.tail, TAIL_MAX);
	buf_init(&c.names, TAIL_MAX);
	while (b->p[c.at] != '}') {
		cut_member(&c);
		c.at += b->p[c.at] == ',';
	}
	if (c.n != 0)
		put_tail(&c);
	buf_reset(&c.tail);
	buf_reset(&c.names);
	return c.n;
}
