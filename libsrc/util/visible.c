/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "util/text_char.h"
#include "util/visible.h"

/* Ranges of the characters to escape (first, last), in ascending order. */
static const uint32_t hidden[][2] = {
	{ 0x0000, 0x001f },
	{ 0x007f, 0x009f },
	{ 0x00ad, 0x00ad },
	{ 0x034f, 0x034f },
	{ 0x061c, 0x061c },
	{ 0x115f, 0x1160 },
	{ 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },
	{ 0x200b, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2060, 0x206f },
	{ 0x3164, 0x3164 },
	{ 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },
	{ 0xfff0, 0xfffb },
	{ 0x1bca0, 0x1bca3 },
	{ 0x1d173, 0x1d17a },
	{ 0xe0000, 0xe0fff },
};

size_t
visible_next(struct span s, char escape[VISIBLE_MAX + 1], size_t *n)
{
	const uint8_t *p = s.p;
	const uint32_t c = text_char_next_utf8(&p, s.p + s.n);
	const size_t length = (size_t)(p - s.p);
	int written = 0;
	size_t i = 0;

	while (i < sizeof(hidden) / sizeof(*hidden) && c > hidden[i][1])
		i++;
	/* U+FFFD of one byte stands for a malformed byte; a real U+FFFD has
	 * three bytes. */
	if (c == TEXT_REPLACEMENT && length == 1)
		written = snprintf(escape, VISIBLE_MAX + 1, "\\x%02x", s.p[0]);
	else if (i < sizeof(hidden) / sizeof(*hidden) && c >= hidden[i][0])
		written = snprintf(escape, VISIBLE_MAX + 1,
		    c < 0x100     ? "\\x%02lx"
		    : c < 0x10000 ? "\\u%04lx"
				  : "\\U%08lx",
		    (unsigned long)c);
	*n = (size_t)written;
	return length;
}

void
visible_put(struct buf *b, struct span s)
{
	char escape[VISIBLE_MAX + 1];
	size_t n;

	while (s.n != 0) {
		const size_t length = visible_next(s, escape, &n);
		if (n == 0)
			buf_put(b, span_of(s.p, length));
		else
			buf_put(b, span_of(escape, n));
		s = span_skip(s, length);
	}
}
