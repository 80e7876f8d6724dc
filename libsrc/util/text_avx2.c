/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The variant for AVX2. It converts sixteen units at a time if all are ASCII,
 * otherwise one by one. An escaped character is handled as a pair of bytes.
 */
#include "util/text_char.h"
#include "util/text_variant.h"

#if TEXT_X86

#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx2,bmi,bmi2,popcnt")))
#define PART TARGET __attribute__((always_inline)) static inline

PART __m128i
load(const uint8_t *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

PART __m256i
load_wide(const void *p)
{
	return _mm256_loadu_si256((const __m256i *)p);
}

PART void
store(uint8_t *w, __m128i x)
{
	_mm_storeu_si128((__m128i *)(void *)w, x);
}

/* A table of masks: sixteen lanes loaded from index 16 - n on have all bits set
 * in the first n lanes and none in the others. */
static const int16_t window[32] = { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1 };

/* Load the n units at p, 0 < n < 16, and fill the rest with blanks. A masked
 * load does not access the memory of omitted units. It loads pairs of units, so
 * an odd last unit is loaded separately. */
PART __m256i
load_part(const uint8_t *p, size_t n)
{
	const __m256i whole = load_wide(window + 16 - n);
	const __m256i pairs = load_wide(window + 16 - (n & ~(size_t)1));
	const __m256i last = _mm256_set1_epi16((short)le_u16(p + 2 * n - 2));
	const __m256i x =
	    _mm256_maskload_epi32((const int *)(const void *)p, pairs);
	const __m256i odd = _mm256_blendv_epi8(last, x, pairs);

	return _mm256_blendv_epi8(_mm256_set1_epi16(' '), odd, whole);
}

/* Pack units to bytes. Units from 0x100 to 0x7fff become 0xff, those from
 * 0x8000 on become 0. */
PART __m128i
narrow(__m256i x)
{
	return _mm_packus_epi16(
	    _mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
}

/* A mask of the bytes that JSON does not write unchanged: those below 0x20,
 * quote, backslash, and those from 0x80 on. The latter are negative as signed
 * numbers, so the comparison with 0x20 finds them, too. */
PART __m128i
special_mask(__m128i x)
{
	const __m128i low = _mm_cmpgt_epi8(_mm_set1_epi8(0x20), x);
	const __m128i quote = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
	const __m128i slash = _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'));

	return _mm_or_si128(low, _mm_or_si128(quote, slash));
}

PART unsigned
special(__m128i x)
{
	return (unsigned)_mm_movemask_epi8(special_mask(x));
}

/* R8(row) expands to 256 initializers: for each value of eight bits, in
 * ascending order, the macro `row` with the bits as arguments, lowest first. */
#define R1(row, ...) \
	{ row(0, __VA_ARGS__) }, \
	{ \
		row(1, __VA_ARGS__) \
	}
#define R2(row, ...) R1(row, 0, __VA_ARGS__), R1(row, 1, __VA_ARGS__)
#define R3(row, ...) R2(row, 0, __VA_ARGS__), R2(row, 1, __VA_ARGS__)
#define R4(row, ...) R3(row, 0, __VA_ARGS__), R3(row, 1, __VA_ARGS__)
#define R5(row, ...) R4(row, 0, __VA_ARGS__), R4(row, 1, __VA_ARGS__)
#define R6(row, ...) R5(row, 0, __VA_ARGS__), R5(row, 1, __VA_ARGS__)
#define R7(row, ...) R6(row, 0, __VA_ARGS__), R6(row, 1, __VA_ARGS__)
#define R8(row) R7(row, 0), R7(row, 1)

/* The indexes of the bytes that a character of one or of two bytes keeps of the
 * two-byte lane that starts at byte i. */
#define TWO_0(i) (i)
#define TWO_1(i) (i), (i) + 1

#define TWO(a, b, c, d, e, f, g, h) \
	TWO_##a(0), TWO_##b(2), TWO_##c(4), TWO_##d(6), TWO_##e(8), \
	    TWO_##f(10), TWO_##g(12), TWO_##h(14)

/* Masks for pshufb that close the gaps between eight characters in lanes of two
 * bytes. If bit i of the index is set, character i has two bytes, else one. */
static const uint8_t pack[256][16] = { R8(TWO) };

/* Write eight ASCII characters from lanes of two bytes. Bit i of `escaped`:
 * both bytes of character i are written. */
PART uint8_t *
put_pairs(uint8_t *w, __m128i pairs, unsigned escaped)
{
	store(w, _mm_shuffle_epi8(pairs, load(pack[escaped])));
	return w + 8 + _mm_popcnt_u32(escaped);
}

/* Write the first n of sixteen ASCII characters; the others must be blanks. Bit
 * i of `odd`: character i must be escaped. NULL, and nothing is written, if the
 * escape of a character is not a letter (\u001f). */
PART uint8_t *
put_ascii(uint8_t *w, __m128i x, size_t n, unsigned odd)
{
	const __m128i letters = _mm_setr_epi8(
	    0, 0, 0, 0, 0, 0, 0, 0, 'b', 't', 'n', 0, 'f', 'r', 0, 0);
	const __m128i zero = _mm_setzero_si128();

	if (odd == 0) {
		store(w, x);
		return w + n;
	}
	const __m128i low = _mm_cmpgt_epi8(_mm_set1_epi8(0x20), x);
	const __m128i letter =
	    _mm_shuffle_epi8(letters, _mm_min_epu8(x, _mm_set1_epi8(15)));
	const __m128i nameless =
	    _mm_and_si128(low, _mm_cmpeq_epi8(letter, zero));
	const __m128i second = _mm_blendv_epi8(x, letter, low);
	const __m128i escaped = special_mask(x);
	const __m128i first = _mm_blendv_epi8(x, _mm_set1_epi8('\\'), escaped);
	if (_mm_testz_si128(nameless, nameless) == 0)
		return NULL;
	w = put_pairs(w, _mm_unpacklo_epi8(first, second), odd & 0xff);
	w = put_pairs(w, _mm_unpackhi_epi8(first, second), odd >> 8);
	return w - (16 - n);
}

PART uint8_t *
convert(uint8_t *w, struct span s, bool json)
{
	const uint8_t *p = s.p;
	const uint8_t *const end = p + (s.n & ~(size_t)1);
	const __m256i above = _mm256_set1_epi16((short)0xff80);

	while (p < end) {
		const size_t left = (size_t)(end - p) / 2;
		const size_t n = left < 16 ? left : 16;
		const __m256i x = left < 16 ? load_part(p, left) : load_wide(p);
		const __m128i bytes = narrow(x);
		const unsigned odd = json ? special(bytes) : 0;
		/* If JSON escapes nothing, all units are ASCII. */
		const bool ascii =
		    (json && odd == 0) || _mm256_testz_si256(x, above) != 0;
		uint8_t *const next =
		    ascii ? put_ascii(w, bytes, n, odd) : NULL;
		if (next != NULL) {
			w = next;
			p += 2 * n;
			continue;
		}
		const uint8_t *const stop = end - p < 16 ? end : p + 16;
		while (p < stop)
			w = text_put(w, text_next_utf16(&p, end), json);
	}
	return w;
}

/* Functions of their own, so that short texts do not pay for their registers.
 */
TARGET __attribute__((noinline)) static uint8_t *
convert_json(uint8_t *w, struct span s)
{
	return convert(w, s, true);
}

TARGET __attribute__((noinline)) static uint8_t *
convert_utf8(uint8_t *w, struct span s)
{
	return convert(w, s, false);
}

/* --- texts without escapes ------------------------------------------------ */

/* Load 16 units as bytes; special() finds those above 0xff, too. */
PART __m128i
load_packed(const uint8_t *p)
{
	return _mm_packus_epi16(load(p), load(p + 16));
}

PART __m128i
load_half(const uint8_t *p)
{
	return _mm_loadl_epi64((const __m128i *)(const void *)p);
}

/* The next three functions convert the n units at p if all are ASCII and
 * none is escaped; otherwise they return NULL, and what they wrote is to be
 * overwritten. The first and the last units are loaded separately; if there are
 * fewer units than were loaded, some are in both. */

/* 8 to 16 units */
PART uint8_t *
put_sixteen(uint8_t *w, const uint8_t *p, size_t n)
{
	const __m128i x = _mm_packus_epi16(load(p), load(p + 2 * (n - 8)));

	_mm_storel_epi64((__m128i *)(void *)w, x);
	_mm_storel_epi64(
	    (__m128i *)(void *)(w + n - 8), _mm_unpackhi_epi64(x, x));
	return special(x) == 0 ? w + n : NULL;
}

/* 4 to 8 units */
PART uint8_t *
put_eight(uint8_t *w, const uint8_t *p, size_t n)
{
	const __m128i both =
	    _mm_unpacklo_epi64(load_half(p), load_half(p + 2 * (n - 4)));
	const __m128i x = _mm_packus_epi16(both, both);
	const int first = _mm_cvtsi128_si32(x);
	const int last = _mm_extract_epi32(x, 1);

	memcpy(w, &first, sizeof(first));
	memcpy(w + n - 4, &last, sizeof(last));
	return special(x) == 0 ? w + n : NULL;
}

/* 1 to 3 units */
PART uint8_t *
put_three(uint8_t *w, const uint8_t *p, size_t n)
{
	const uint32_t first = le_u16(p);
	const uint32_t middle = le_u16(p + 2 * (n / 2));
	const uint32_t last = le_u16(p + 2 * n - 2);
	const __m128i x = _mm_setr_epi16(
	    (short)first, (short)middle, (short)last, ' ', ' ', ' ', ' ', ' ');

	w[0] = (uint8_t)first;
	w[n / 2] = (uint8_t)middle;
	w[n - 1] = (uint8_t)last;
	return special(_mm_packus_epi16(x, x)) == 0 ? w + n : NULL;
}

/* More than 16 units. The number of units that were converted, in whole steps
 * of 16, or n; the next step has a character that must be converted alone. */
PART size_t
put_steps(uint8_t *w, const uint8_t *p, size_t n)
{
	for (size_t at = 0; at + 16 < n; at += 16) {
		const __m128i x = load_packed(p + 2 * at);
		if (special(x) != 0)
			return at;
		store(w + at, x);
	}
	const __m128i last = load_packed(p + 2 * (n - 16));
	if (special(last) != 0)
		return (n - 1) / 16 * 16;
	store(w + n - 16, last);
	return n;
}

PART uint8_t *
from_utf16(uint8_t *w, struct span s, bool json)
{
	const size_t n = s.n / 2;
	uint8_t *end = NULL;
	size_t done = 0;

	if (n == 0)
		return w;
	if (!json)
		return convert_utf8(w, s);
	if (n > 16) {
		done = put_steps(w, s.p, n);
		if (done == n)
			return w + n;
	} else {
		end = n >= 8   ? put_sixteen(w, s.p, n)
		      : n >= 4 ? put_eight(w, s.p, n)
			       : put_three(w, s.p, n);
		if (end != NULL)
			return end;
	}
	return convert_json(w + done, span_skip(s, 2 * done));
}

TEXT_VARIANT(text_avx2, "avx2", TARGET)
#endif
