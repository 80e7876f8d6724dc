/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>

#include "text.h"

static unsigned
hex_digits(const char *s, size_t left, size_t n)
{
	unsigned v = 0;

	if (left < n)
		buf_die(2, "escape cut short at the end of a value");
	for (size_t i = 0; i < n; i++) {
		static const char digits[] = "0123456789abcdef";
		const char *const d =
		    s[i] == '\0' ? NULL : strchr(digits, s[i] | 0x20);

		if (d == NULL)
			buf_die(2, "escape with a bad digit: '%c'", s[i]);
		v = v * 16 + (unsigned)(d - digits);
	}
	return v;
}

/* Returns the bytes taken; `s` points behind the backslash. */
static size_t
escape(struct buf *out, const char *s, size_t left)
{
	static const char from[] = "nrt0\\|=:s\"#<@";
	static const char to[] = "\n\r\t\0\\|=: \"#<@";

	if (left == 0)
		buf_die(2, "backslash at the end of a value");
	if (*s == 'x') {
		buf_u16(out, hex_digits(s + 1, left - 1, 2));
		return 3;
	}
	if (*s == 'u') {
		buf_u16(out, hex_digits(s + 1, left - 1, 4));
		return 5;
	}
	const char *const at = *s == '\0' ? NULL : strchr(from, *s);
	if (at == NULL)
		buf_die(2, "unknown escape \\%c", *s);
	buf_u16(out, (unsigned char)to[at - from]);
	return 1;
}

static void
put_scalar(struct buf *out, uint32_t c)
{
	if (c < 0x10000) {
		buf_u16(out, c);
		return;
	}
	c -= 0x10000;
	buf_u16(out, 0xd800 + (c >> 10));
	buf_u16(out, 0xdc00 + (c & 0x3ff));
}

static size_t
utf8(struct buf *out, const uint8_t *s, size_t left)
{
	const size_t n = *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : 4;
	uint32_t c = *s & (0xffU >> (n + 1));

	if (*s < 0xc2 || *s > 0xf4 || left < n)
		buf_die(2, "description is not UTF-8");
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			buf_die(2, "description is not UTF-8");
		c = c << 6 | (s[i] & 0x3f);
	}
	put_scalar(out, c);
	return n;
}

void
text_units(struct buf *out, const char *s, size_t n)
{
	const uint8_t *const p = (const uint8_t *)s;

	for (size_t i = 0; i < n;) {
		if (s[i] == '\\') {
			i += 1 + escape(out, s + i + 1, n - i - 1);
		} else if (p[i] < 0x80) {
			buf_u16(out, p[i]);
			i++;
		} else {
			i += utf8(out, p + i, n - i);
		}
	}
}

void
text_plain(struct buf *out, const char *s)
{
	while (*s != '\0') {
		const size_t run = strcspn(s, "\\");

		text_units(out, s, run);
		s += run;
		if (*s == '\0')
			return;
		buf_u16(out, '\\');
		s++;
	}
}

static void
json_scalar(struct buf *out, uint32_t c)
{
	if (c == '"' || c == '\\') {
		buf_u8(out, '\\');
		buf_u8(out, c);
	} else if (c < 0x20 || c == 0x7f) {
		buf_fmt(out, "\\u%04x", c);
	} else if (c < 0x80) {
		buf_u8(out, c);
	} else if (c < 0x800) {
		buf_u8(out, 0xc0 | c >> 6);
		buf_u8(out, 0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		buf_u8(out, 0xe0 | c >> 12);
		buf_u8(out, 0x80 | (c >> 6 & 0x3f));
		buf_u8(out, 0x80 | (c & 0x3f));
	} else {
		buf_u8(out, 0xf0 | c >> 18);
		buf_u8(out, 0x80 | (c >> 12 & 0x3f));
		buf_u8(out, 0x80 | (c >> 6 & 0x3f));
		buf_u8(out, 0x80 | (c & 0x3f));
	}
}

void
text_json(struct buf *out, const uint8_t *units, size_t bytes)
{
	for (size_t i = 0; i + 2 <= bytes; i += 2) {
		uint32_t c = (uint32_t)buf_get(units + i, 2);
		uint32_t low = 0;

		if (i + 4 <= bytes)
			low = (uint32_t)buf_get(units + i + 2, 2);
		if (c >= 0xd800 && c < 0xdc00 && low >= 0xdc00 &&
		    low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			i += 2;
		} else if (c >= 0xd800 && c < 0xe000) {
			c = 0xfffd;
		}
		json_scalar(out, c);
	}
}

void
text_json_quoted(struct buf *out, const uint8_t *units, size_t bytes)
{
	buf_u8(out, '"');
	text_json(out, units, bytes);
	buf_u8(out, '"');
}

void
text_from_ansi(struct buf *out, const uint8_t *p, size_t n)
{
	static const uint16_t high[32] = { 0x20ac, 0x81, 0x201a, 0x0192, 0x201e,
		0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152,
		0x8d, 0x017d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d,
		0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153,
		0x9d, 0x017e, 0x0178 };

	for (size_t i = 0; i < n; i++)
		buf_u16(out,
		    p[i] >= 0x80 && p[i] < 0xa0 ? high[p[i] - 0x80] : p[i]);
}
