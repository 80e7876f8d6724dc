/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "util/text.h"
#include "util/text_bytes.h"
#include "util/text_variant.h"

/* Maximum length in bytes of the result for one byte of UTF-8 without escapes:
 * the length of U+FFFD. */
#define TEXT_REPLACED 3

/* This is called for every conversion but is fast: it only tests a word that
 * the compiler's runtime fills in before main(). */
const struct text_variant *
text_best(void)
{
#if TEXT_X86
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
	    __builtin_cpu_supports("popcnt"))
		return &text_avx2;
#endif
	return &text_plain;
}

const struct text_variant *
text_variant(size_t i)
{
	if (i == 0)
		return &text_plain;
	return i == 1 && text_best() != &text_plain ? text_best() : NULL;
}

/* Append UTF-16. TEXT_SLACK more bytes are reserved if the buffer's maximum
 * allows it; otherwise the plain variant is used, which needs no slack. */
static inline void
put_utf16(struct buf *b, struct span s, bool json)
{
	const size_t need = s.n / 2 * TEXT_UNIT_MAX;
	const size_t most = need + TEXT_SLACK;

	if (need == 0)
		return;
	if ((most > b->cap - b->n || b->full) &&
	    buf_room(b, most <= b->max - b->n ? most : need) == NULL)
		return;
	const struct text_variant *const v =
	    most <= b->cap - b->n ? text_best() : &text_plain;
	uint8_t *const w = b->p + b->n;
	b->n += (size_t)((json ? v->utf16_json : v->utf16_utf8)(w, s) - w);
}

void
text_utf16_json(struct buf *b, struct span s)
{
	put_utf16(b, s, true);
}

void
text_utf16_utf8(struct buf *b, struct span s)
{
	put_utf16(b, s, false);
}

/* Append a text whose characters `next` decodes. Each of its bytes becomes at
 * most `widest` bytes. */
static void
put_bytes(
    struct buf *b, struct span s, size_t widest, text_next *next, bool json)
{
	uint8_t *const w = s.n == 0 ? NULL : buf_room(b, s.n * widest);

	if (w != NULL)
		b->n += (size_t)(text_bytes_convert(w, s, next, json) - w);
}

void
text_utf8_json(struct buf *b, struct span s)
{
	put_bytes(b, s, TEXT_UNIT_MAX, text_char_next_utf8, true);
}

void
text_utf8_utf8(struct buf *b, struct span s)
{
	put_bytes(b, s, TEXT_REPLACED, text_char_next_utf8, false);
}

void
text_ansi_json(struct buf *b, struct span s)
{
	put_bytes(b, s, TEXT_UNIT_MAX, text_char_next_ansi, true);
}

void
text_ansi_utf8(struct buf *b, struct span s)
{
	put_bytes(b, s, TEXT_UNIT_MAX, text_char_next_ansi, false);
}

/* Sixteen bytes are compared at a time: values of fixed size may end with
 * hundreds of NULs. */
struct span
text_trim_run(struct span s, size_t width)
{
	static const uint8_t nuls[16];

	while (s.n >= sizeof(nuls) &&
	       memcmp(s.p + s.n - sizeof(nuls), nuls, sizeof(nuls)) == 0)
		s.n -= sizeof(nuls);
	while (s.n >= width && memcmp(s.p + s.n - width, nuls, width) == 0)
		s.n -= width;
	return s;
}

struct span
text_beginning(struct span s, size_t max)
{
	const uint8_t *const nul = s.n == 0 ? NULL : memchr(s.p, 0, s.n);
	size_t n = nul != NULL ? (size_t)(nul - s.p) : s.n;

	if (n > max) {
		n = max;
		while (n > 0 && (s.p[n] & 0xc0) == 0x80)
			n--;
	}
	return span_of(s.p, n);
}
