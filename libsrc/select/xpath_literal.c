/* SPDX-License-Identifier: Apache-2.0 */
#include "select/xpath_literal.h"
#include "util/filetime.h"
#include "util/text_char.h"

static enum rc
too_large(struct err *e)
{
	return err_set(e, RC_FATAL, WHY_USAGE, "the queries are too large");
}

bool
xpath_literal_add_number(
    struct xpath_literal *l, uint64_t number, struct arena *a)
{
	size_t at = l->n;

	while (at > 0 && l->numbers[at - 1] >= number)
		at--;
	if (at < l->n && l->numbers[at] == number)
		return true;
	if (l->n == l->cap) {
		const size_t cap = l->cap == 0 ? 1 : l->cap * 2;
		uint64_t *const more = arena_alloc(a, cap * sizeof(*more));
		if (more == NULL)
			return false;
		if (l->n != 0)
			memcpy(more, l->numbers, l->n * sizeof(*more));
		l->numbers = more;
		l->cap = cap;
	}
	memmove(l->numbers + at + 1, l->numbers + at,
	    (l->n - at) * sizeof(*l->numbers));
	l->numbers[at] = number;
	l->n++;
	return true;
}

enum rc
xpath_literal_number(
    struct xpath_literal *l, uint64_t number, struct arena *a, struct err *e)
{
	memset(l, 0, sizeof(*l));
	l->is_number = true;
	return xpath_literal_add_number(l, number, a) ? RC_OK : too_large(e);
}

static uint8_t *
put_unit(uint8_t *w, uint32_t unit)
{
	*w++ = (uint8_t)unit;
	*w++ = (uint8_t)(unit >> 8);
	return w;
}

/* Convert l->text to UTF-16, which has at most twice as many bytes as UTF-8. */
static enum rc
widen(struct xpath_literal *l, struct arena *a, struct err *e)
{
	uint8_t *const start = arena_alloc(a, 2 * l->text.n + 1);
	uint8_t *w = start;
	const uint8_t *p = l->text.p;
	const uint8_t *const end = p + l->text.n;

	if (start == NULL)
		return too_large(e);
	while (p < end) {
		const uint8_t *const before = p;
		uint32_t c = text_char_next_utf8(&p, end);
		/* A malformed byte is decoded as U+FFFD; a U+FFFD in the text
		 * has three bytes. */
		if (c == TEXT_REPLACEMENT && p - before == 1)
			return err_set(e, RC_FATAL, WHY_USAGE,
			    "this string is not valid UTF-8");
		if (c >= 0x10000) {
			w = put_unit(w, 0xd7c0 + (c >> 10));
			c = 0xdc00 | (c & 0x3ff);
		}
		w = put_unit(w, c);
	}
	l->wide = span_of(start, (size_t)(w - start));
	return RC_OK;
}

enum rc
xpath_literal_text(
    struct xpath_literal *l, struct span text, struct arena *a, struct err *e)
{
	uint8_t digits[NUM_DEC_MAX];
	uint64_t number;

	memset(l, 0, sizeof(*l));
	l->quoted = true;
	l->text = text;
	const enum rc rc = widen(l, a, e);
	if (rc != RC_OK)
		return rc;
	l->is_time = filetime_parse(text, &l->time);
	l->has_clock = l->is_time && memchr(text.p, 'T', text.n) != NULL;
	l->is_guid = num_parse_guid(text, l->guid);
	l->is_number = num_parse_u64(text, &number);
	if (!l->is_number)
		return RC_OK;
	l->is_plain_number = span_eq(
	    text, span_of(digits, (size_t)(num_u64(digits, number) - digits)));
	return xpath_literal_add_number(l, number, a) ? RC_OK : too_large(e);
}
