/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking through text that was just written, for what must not stay as it is.
 *
 * Sixteen bytes at a time where the processor has SSE2: up to TEXT_SCAN_MORE
 * bytes behind the text are read and not looked at, so they must be there.
 */
#ifndef UTIL_TEXT_SCAN_H
#define UTIL_TEXT_SCAN_H

#include <stdbool.h>
#include <string.h>

#include "util/span.h"

#define TEXT_SCAN_MORE 32

#if defined(__SSE2__)
#include <immintrin.h>

static inline __m128i
text_scan_load(const uint8_t *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline __m128i
text_scan_is(__m128i x, char c)
{
	return _mm_cmpeq_epi8(x, _mm_set1_epi8(c));
}

/* The bits of those bytes that belong to the text, of which `left` follow. */
static inline unsigned
text_scan_bits(__m128i found, size_t left)
{
	const unsigned mask = left < 16 ? (1U << left) - 1 : 0xffffU;

	return (unsigned)_mm_movemask_epi8(found) & mask;
}

/* Whether XML would escape something: & < > */
static inline bool
text_has_markup(struct span s)
{
	unsigned found = 0;

	for (size_t i = 0; i < s.n; i += 16) {
		const __m128i x = text_scan_load(s.p + i);
		const __m128i angle =
		    _mm_or_si128(text_scan_is(x, '<'), text_scan_is(x, '>'));
		found |= text_scan_bits(
		    _mm_or_si128(angle, text_scan_is(x, '&')), s.n - i);
	}
	return found != 0;
}

/* Whether there is a backslash and an r behind it. */
static inline bool
text_has_return(struct span s)
{
	unsigned found = 0;

	for (size_t i = 0; i + 1 < s.n; i += 16) {
		const __m128i slash =
		    text_scan_is(text_scan_load(s.p + i), '\\');
		const __m128i r =
		    text_scan_is(text_scan_load(s.p + i + 1), 'r');
		found |= text_scan_bits(_mm_and_si128(slash, r), s.n - 1 - i);
	}
	return found != 0;
}

#else

static inline bool
text_has_markup(struct span s)
{
	unsigned found = 0;

	for (size_t i = 0; i < s.n; i++)
		found |= s.p[i] == '&' || s.p[i] == '<' || s.p[i] == '>';
	return found != 0;
}

static inline bool
text_has_return(struct span s)
{
	unsigned found = 0;

	for (size_t i = 0; i + 1 < s.n; i++)
		found |= s.p[i] == '\\' && s.p[i + 1] == 'r';
	return found != 0;
}

#endif

/* Whether JSON text may have a CRLF in it: \r\n. A backslash in the text
 * itself, which is two, looks like one now and then. */
static inline bool
text_has_line_end(struct span s)
{
	return text_has_return(s) && memmem(s.p, s.n, "\\r\\n", 4) != NULL;
}

#endif
