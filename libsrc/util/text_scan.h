/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Searches rendered text for characters that must be replaced.
 *
 * With SSE2 sixteen bytes are compared at a time. Up to TEXT_SCAN_MORE bytes
 * after the text are read and ignored, so they must be readable.
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

/* Convert a comparison of sixteen bytes to bits: one for each byte found. Bytes
 * after the `left` bytes of the text are ignored. */
static inline unsigned
text_scan_bits(__m128i found, size_t left)
{
	const unsigned mask = left < 16 ? (1U << left) - 1 : 0xffffU;

	return (unsigned)_mm_movemask_epi8(found) & mask;
}

/* True if the text contains &, < or >, which XML would escape. */
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

/* Index of the first backslash that is followed by r, at `at` or later; s.n:
 * not found. */
static inline size_t
text_find_return(struct span s, size_t at)
{
	for (; at + 1 < s.n; at += 16) {
		const __m128i slash =
		    text_scan_is(text_scan_load(s.p + at), '\\');
		const __m128i r =
		    text_scan_is(text_scan_load(s.p + at + 1), 'r');
		const unsigned found =
		    text_scan_bits(_mm_and_si128(slash, r), s.n - 1 - at);
		if (found != 0)
			return at + (size_t)__builtin_ctz(found);
	}
	return s.n;
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

static inline size_t
text_find_return(struct span s, size_t at)
{
	while (at + 1 < s.n && (s.p[at] != '\\' || s.p[at + 1] != 'r'))
		at++;
	return at + 1 < s.n ? at : s.n;
}

#endif

/* True if the character at index `at` of JSON text is escaped: an odd number of
 * backslashes precedes it. */
static inline bool
text_is_escaped(struct span s, size_t at)
{
	size_t n = 0;

	while (n < at && s.p[at - n - 1] == '\\')
		n++;
	return n % 2 != 0;
}

/* Index of the first CRLF in JSON text, where it is written as the four
 * characters \r\n; s.n: not found. */
static inline size_t
text_line_end(struct span s)
{
	size_t at = text_find_return(s, 0);

	while (
	    at != s.n && (s.n - at < 4 || memcmp(s.p + at, "\\r\\n", 4) != 0 ||
			     text_is_escaped(s, at)))
		at = text_find_return(s, at + 1);
	return at;
}

#endif
