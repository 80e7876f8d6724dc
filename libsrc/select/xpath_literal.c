/* SPDX-License-Identifier: Apache-2.0 */
#include "select/xpath_literal.h"

static enum rc
too_large(struct err *e)
{
	return err_set(e, RC_FATAL, WHY_USAGE, "the queries are too large");
}

bool
xpath_add_number(struct xpath_literal *l, uint64_t number, struct arena *a)
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
	return xpath_add_number(l, number, a) ? RC_OK : too_large(e);
}

/* The length of the UTF-8 sequence that starts with this byte, 0 if none
 * does. */
static size_t
sequence(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/* Take one character from s; false if it is malformed. */
static bool
take_character(struct span *s, uint32_t *character)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const size_t n = sequence(s->p[0]);

	if (n == 0 || n > s->n)
		return false;
	uint32_t c = n == 1 ? s->p[0] : s->p[0] & (0xffU >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((s->p[i] & 0xc0) != 0x80)
			return false;
		c = c << 6 | (s->p[i] & 0x3fU);
	}
	*s = span_of(s->p + n, s->n - n);
	*character = c;
	return c >= least[n] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

static uint8_t *
put_unit(uint8_t *w, uint32_t unit)
{
	*w++ = (uint8_t)unit;
	*w++ = (uint8_t)(unit >> 8);
	return w;
}

/* UTF-16 has at most two bytes for one of UTF-8. */
static enum rc
widen(struct xpath_literal *l, struct arena *a, struct err *e)
{
	uint8_t *const start = arena_alloc(a, 2 * l->text.n + 1);
	uint8_t *w = start;
	struct span left = l->text;

	if (start == NULL)
		return too_large(e);
	while (left.n > 0) {
		uint32_t c;
		if (!take_character(&left, &c))
			return err_set(
			    e, RC_FATAL, WHY_USAGE, "this text is not UTF-8");
		if (c >= 0x10000) {
			w = put_unit(w, 0xd7c0 + (c >> 10));
			c = 0xdc00 | (c & 0x3ff);
		}
		w = put_unit(w, c);
	}
	l->wide = span_of(start, (size_t)(w - start));
	return RC_OK;
}

static bool
is_plain(struct span text, uint64_t number)
{
	uint8_t digits[NUM_DEC_MAX];
	const size_t n = (size_t)(num_u64(digits, number) - digits);

	return span_eq(text, span_of(digits, n));
}

enum rc
xpath_literal_text(
    struct xpath_literal *l, struct span text, struct arena *a, struct err *e)
{
	uint64_t number;

	memset(l, 0, sizeof(*l));
	l->quoted = true;
	l->text = text;
	const enum rc rc = widen(l, a, e);
	if (rc != RC_OK)
		return rc;
	l->is_time = num_parse_time(text, &l->time);
	l->has_clock = l->is_time && memchr(text.p, 'T', text.n) != NULL;
	l->is_guid = num_parse_guid(text, l->guid);
	l->is_number = num_parse_u64(text, &number);
	if (!l->is_number)
		return RC_OK;
	l->is_plain_number = is_plain(text, number);
	return xpath_add_number(l, number, a) ? RC_OK : too_large(e);
}
