/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks that each number of a table is within its own bounds. With SSE2, four
 * numbers are checked at a time.
 */
#ifndef UTIL_BOUNDS_H
#define UTIL_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>

#include "util/le.h"

/* The bounds of a number are its lowest valid value and the difference to the
 * highest valid value. The difference is stored as BOUNDS_MORE(difference),
 * since SSE2 only compares signed numbers. */
#define BOUNDS_MORE(more) ((more) ^ UINT32_C(0x80000000))

static inline bool
bounds_hold_one(const uint8_t *table, uint32_t low, uint32_t more)
{
	return le_u32(table) - low <= BOUNDS_MORE(more);
}

#if defined(__SSE2__)
#include <immintrin.h>

static inline __m128i
bounds_load(const void *p)
{
	return _mm_loadu_si128((const __m128i *)p);
}

/* Compare four numbers. In the result, all bits are set in the lanes whose
 * numbers are out of bounds, and clear in the others. */
static inline __m128i
bounds_outside(const uint8_t *table, const uint32_t *low, const uint32_t *more)
{
	const __m128i above =
	    _mm_sub_epi32(bounds_load(table), bounds_load(low));
	const __m128i sign = _mm_set1_epi32((int)0x80000000);

	return _mm_cmpgt_epi32(_mm_xor_si128(above, sign), bounds_load(more));
}

static inline size_t
bounds_hold_fours(
    const uint8_t *table, const uint32_t *low, const uint32_t *more, size_t n)
{
	__m128i outside = _mm_setzero_si128();
	size_t i = 0;

	for (; i + 4 <= n; i += 4)
		outside = _mm_or_si128(
		    outside, bounds_outside(table + 4 * i, low + i, more + i));
	return _mm_movemask_epi8(outside) == 0 ? i : SIZE_MAX;
}

#else

static inline size_t
bounds_hold_fours(
    const uint8_t *table, const uint32_t *low, const uint32_t *more, size_t n)
{
	(void)table;
	(void)low;
	(void)more;
	(void)n;
	return 0;
}

#endif

/* True if all n numbers are within bounds. The table contains 32-bit
 * little-endian numbers and need not be aligned. */
static inline bool
bounds_hold(
    const uint8_t *table, const uint32_t *low, const uint32_t *more, size_t n)
{
	size_t i = bounds_hold_fours(table, low, more, n);

	while (i < n && bounds_hold_one(table + 4 * i, low[i], more[i]))
		i++;
	return i == n;
}

#endif
