/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>

#include "util/text.h"

/* The longest thing one input unit becomes: \u001f. */
#define UNIT_MAX 6
#define REPLACEMENT 0xfffdU

/* Characters 80 to 9f of windows-1252 (unicode.org, CP1252.TXT); 0 where the
 * code page has none. */
static const uint16_t ansi_high[32] = {
	0x20ac,
	0,
	0x201a,
	0x0192,
	0x201e,
	0x2026,
	0x2020,
	0x2021,
	0x02c6,
	0x2030,
	0x0160,
	0x2039,
	0x0152,
	0,
	0x017d,
	0,
	0,
	0x2018,
	0x2019,
	0x201c,
	0x201d,
	0x2022,
	0x2013,
	0x2014,
	0x02dc,
	0x2122,
	0x0161,
	0x203a,
	0x0153,
	0,
	0x017e,
	0x0178,
};

static uint8_t *
put_utf8(uint8_t *p, uint32_t c)
{
	if (c < 0x80) {
		*p++ = (uint8_t)c;
	} else if (c < 0x800) {
		*p++ = (uint8_t)(0xc0 | c >> 6);
		*p++ = (uint8_t)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*p++ = (uint8_t)(0xe0 | c >> 12);
		*p++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		*p++ = (uint8_t)(0x80 | (c & 0x3f));
	} else {
		*p++ = (uint8_t)(0xf0 | c >> 18);
		*p++ = (uint8_t)(0x80 | (c >> 12 & 0x3f));
		*p++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		*p++ = (uint8_t)(0x80 | (c & 0x3f));
	}
	return p;
}

static uint8_t *
put_control(uint8_t *p, uint8_t c)
{
	static const char digits[] = "0123456789abcdef";
	static const char shorts[] = "\bb\tt\nn\ff\rr";

	*p++ = '\\';
	for (const char *s = shorts; *s != '\0'; s += 2) {
		if ((uint8_t)s[0] != c)
			continue;
		*p++ = (uint8_t)s[1];
		return p;
	}
	p[0] = 'u';
	p[1] = '0';
	p[2] = '0';
	p[3] = (uint8_t)digits[c >> 4];
	p[4] = (uint8_t)digits[c & 15];
	return p + 5;
}

static uint8_t *
put_json(uint8_t *p, uint32_t c)
{
	if (c >= 0x80)
		return put_utf8(p, c);
	if (c < 0x20)
		return put_control(p, (uint8_t)c);
	if (c == '"' || c == '\\')
		*p++ = '\\';
	*p++ = (uint8_t)c;
	return p;
}

static uint32_t
utf16_unit(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8;
}

/* The character at *pp; moves on by one or two units. */
static uint32_t
utf16_next(const uint8_t **pp, const uint8_t *end)
{
	const uint32_t hi = utf16_unit(*pp);

	*pp += 2;
	if (hi < 0xd800 || hi > 0xdfff)
		return hi;
	if (hi > 0xdbff || end - *pp < 2)
		return REPLACEMENT;
	const uint32_t lo = utf16_unit(*pp);
	if (lo < 0xdc00 || lo > 0xdfff)
		return REPLACEMENT;
	*pp += 2;
	return 0x10000 + ((hi - 0xd800) << 10) + (lo - 0xdc00);
}

void
text_utf16_json(struct buf *b, struct span s)
{
	const size_t units = s.n / 2;
	const uint8_t *p = s.p;
	uint8_t *const out = buf_room(b, units * UNIT_MAX);
	uint8_t *w = out;

	if (units == 0 || out == NULL)
		return;
	const uint8_t *const end = p + 2 * units;
	while (p < end)
		w = put_json(w, utf16_next(&p, end));
	b->n += (size_t)(w - out);
}

void
text_utf16_utf8(struct buf *b, struct span s)
{
	const size_t units = s.n / 2;
	const uint8_t *p = s.p;
	uint8_t *const out = buf_room(b, units * UNIT_MAX);
	uint8_t *w = out;

	if (units == 0 || out == NULL)
		return;
	const uint8_t *const end = p + 2 * units;
	while (p < end)
		w = put_utf8(w, utf16_next(&p, end));
	b->n += (size_t)(w - out);
}

/* How many bytes follow the lead byte c, and its least code point; 0 for a
 * byte that cannot lead. */
static size_t
utf8_tail(uint8_t c, uint32_t *least)
{
	if (c >= 0xc2 && c <= 0xdf) {
		*least = 0x80;
		return 1;
	}
	if (c >= 0xe0 && c <= 0xef) {
		*least = 0x800;
		return 2;
	}
	*least = 0x10000;
	return c >= 0xf0 && c <= 0xf4 ? 3 : 0;
}

static uint32_t
utf8_next(const uint8_t **pp, const uint8_t *end)
{
	const uint8_t lead = *(*pp)++;
	uint32_t least;

	if (lead < 0x80)
		return lead;
	const size_t tail = utf8_tail(lead, &least);
	if (tail == 0 || (size_t)(end - *pp) < tail)
		return REPLACEMENT;
	uint32_t c = lead & (0x3fU >> tail);
	for (size_t i = 0; i < tail; i++) {
		if (((*pp)[i] & 0xc0) != 0x80)
			return REPLACEMENT;
		c = c << 6 | ((*pp)[i] & 0x3f);
	}
	if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return REPLACEMENT;
	*pp += tail;
	return c;
}

void
text_utf8_json(struct buf *b, struct span s)
{
	const uint8_t *p = s.p;
	uint8_t *const out = buf_room(b, s.n * UNIT_MAX);
	uint8_t *w = out;

	if (s.n == 0 || out == NULL)
		return;
	const uint8_t *const end = p + s.n;
	while (p < end)
		w = put_json(w, utf8_next(&p, end));
	b->n += (size_t)(w - out);
}

void
text_utf8_utf8(struct buf *b, struct span s)
{
	const uint8_t *p = s.p;
	uint8_t *const out = buf_room(b, s.n * 3);
	uint8_t *w = out;

	if (s.n == 0 || out == NULL)
		return;
	const uint8_t *const end = p + s.n;
	while (p < end)
		w = put_utf8(w, utf8_next(&p, end));
	b->n += (size_t)(w - out);
}

static uint32_t
ansi_char(uint8_t c)
{
	if (c < 0x80 || c > 0x9f)
		return c;
	const uint32_t high = ansi_high[c - 0x80];
	return high != 0 ? high : REPLACEMENT;
}

void
text_ansi_json(struct buf *b, struct span s)
{
	uint8_t *const out = buf_room(b, s.n * UNIT_MAX);
	uint8_t *w = out;

	if (s.n == 0 || out == NULL)
		return;
	for (size_t i = 0; i < s.n; i++)
		w = put_json(w, ansi_char(s.p[i]));
	b->n += (size_t)(w - out);
}

void
text_ansi_utf8(struct buf *b, struct span s)
{
	uint8_t *const out = buf_room(b, s.n * UNIT_MAX);
	uint8_t *w = out;

	if (s.n == 0 || out == NULL)
		return;
	for (size_t i = 0; i < s.n; i++)
		w = put_utf8(w, ansi_char(s.p[i]));
	b->n += (size_t)(w - out);
}

struct span
text_trim_utf16(struct span s)
{
	s.n &= ~(size_t)1;
	while (s.n >= 2 && s.p[s.n - 1] == 0 && s.p[s.n - 2] == 0)
		s.n -= 2;
	return s;
}

struct span
text_trim_bytes(struct span s)
{
	while (s.n > 0 && s.p[s.n - 1] == 0)
		s.n--;
	return s;
}
