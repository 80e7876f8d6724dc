/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For AVX2: sixteen units at a time, eight where one of them needs more than
 * its low byte. Escapes are handled as characters of two bytes.
 */
#include "util/text_char.h"
#include "util/text_pack.h"
#include "util/text_variant.h"

#if TEXT_X86

#include <immintrin.h>

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

/* Ones, then zeros: loaded from index 16 - n, the first n lanes are set. */
static const int16_t window[32] = { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1 };

/* The 0 < n < 16 units at p, then blanks. A masked load of pairs of units never
 * faults on units it omits. */
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

/* Pack units to bytes; units above 0xff become 0xff or, from 0x8000 on, 0. */
PART __m128i
narrow(__m256i x)
{
	return _mm_packus_epi16(
	    _mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
}

/* Mask of the bytes that JSON does not write as they are: below 0x20, from 0x80
 * on (as signed numbers also below), quote and backslash. */
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

/* One bit for each unit of a mask. */
PART unsigned
bits(__m128i mask)
{
	return (unsigned)_mm_movemask_epi8(
	    _mm_packs_epi16(mask, _mm_setzero_si128()));
}

/* Eight units during their conversion to UTF-8. */
struct lanes {
	__m128i chars; /* first two bytes of each */
	__m128i two;   /* mask: two bytes or more */
	__m128i odd;   /* mask: a JSON escape of six bytes */
};

/* Encode units below 0x800, without escapes. */
PART struct lanes
spell(__m128i x)
{
	const __m128i lead = _mm_srli_epi16(x, 6);
	const __m128i tail =
	    _mm_slli_epi16(_mm_and_si128(x, _mm_set1_epi16(0x3f)), 8);
	const __m128i both = _mm_or_si128(
	    _mm_or_si128(lead, tail), _mm_set1_epi16((short)0x80c0));
	const __m128i two = _mm_cmpgt_epi16(x, _mm_set1_epi16(0x7f));

	return (struct lanes){ _mm_blendv_epi8(x, both, two), two,
		_mm_setzero_si128() };
}

/* Replace the characters of x that JSON escapes. */
PART struct lanes
escape(struct lanes l, __m128i x)
{
	const __m128i letters = _mm_setr_epi8(
	    0, 0, 0, 0, 0, 0, 0, 0, 'b', 't', 'n', 0, 'f', 'r', 0, 0);
	const __m128i letter =
	    _mm_shuffle_epi8(letters, _mm_min_epu16(x, _mm_set1_epi16(15)));
	const __m128i low =
	    _mm_cmpeq_epi16(_mm_and_si128(x, _mm_set1_epi16((short)0xffe0)),
		_mm_setzero_si128());
	const __m128i quote =
	    _mm_or_si128(_mm_cmpeq_epi16(x, _mm_set1_epi16('"')),
		_mm_cmpeq_epi16(x, _mm_set1_epi16('\\')));
	const __m128i esc = _mm_or_si128(low, quote);
	const __m128i tail = _mm_or_si128(letter, _mm_and_si128(quote, x));
	const __m128i both =
	    _mm_or_si128(_mm_slli_epi16(tail, 8), _mm_set1_epi16('\\'));

	l.chars = _mm_blendv_epi8(l.chars, both, esc);
	l.two = _mm_or_si128(l.two, esc);
	l.odd =
	    _mm_and_si128(low, _mm_cmpeq_epi16(letter, _mm_setzero_si128()));
	return l;
}

/* Write four characters of up to three bytes. */
PART uint8_t *
put_four(uint8_t *w, __m128i lanes, unsigned lengths)
{
	store(w, _mm_shuffle_epi8(lanes, load(text_pack3[lengths])));
	return w + 4 + _mm_popcnt_u32(lengths);
}

/* Write eight units, of which those from 0x800 on have three bytes; NULL if
 * there are surrogates. */
PART uint8_t *
put_long(uint8_t *w, __m128i x, struct lanes l)
{
	const __m128i kind = _mm_and_si128(x, _mm_set1_epi16((short)0xf800));
	const __m128i wide = _mm_cmpeq_epi16(kind, _mm_setzero_si128());
	const __m128i half =
	    _mm_cmpeq_epi16(kind, _mm_set1_epi16((short)0xd800));
	const __m128i lead = _mm_srli_epi16(x, 12);
	const __m128i middle =
	    _mm_slli_epi16(_mm_and_si128(x, _mm_set1_epi16(0xfc0)), 2);
	const __m128i both = _mm_or_si128(
	    _mm_or_si128(lead, middle), _mm_set1_epi16((short)0x80e0));
	const __m128i tail = _mm_or_si128(
	    _mm_and_si128(x, _mm_set1_epi16(0x3f)), _mm_set1_epi16(0x80));
	const __m128i chars = _mm_blendv_epi8(both, l.chars, wide);
	const unsigned three = ~bits(wide) & 0xff;
	const unsigned two = bits(l.two) | three;

	if (_mm_testz_si128(half, half) == 0)
		return NULL;
	w = put_four(
	    w, _mm_unpacklo_epi16(chars, tail), (two & 15) | (three & 15) << 4);
	return put_four(
	    w, _mm_unpackhi_epi16(chars, tail), two >> 4 | (three & 0xf0));
}

/* Write eight units; NULL if one is a surrogate or a control character without
 * a letter. */
PART uint8_t *
put_eight(uint8_t *w, __m128i x, bool json)
{
	struct lanes l = spell(x);

	if (json)
		l = escape(l, x);
	if (json && _mm_testz_si128(l.odd, l.odd) == 0)
		return NULL;
	if (_mm_testz_si128(x, _mm_set1_epi16((short)0xf800)) == 0)
		return put_long(w, x, l);
	const unsigned two = bits(l.two);
	store(w, _mm_shuffle_epi8(l.chars, load(text_pack2[two])));
	return w + 8 + _mm_popcnt_u32(two);
}

/* Write eight ASCII characters, of two bytes if escaped. */
PART uint8_t *
put_pairs(uint8_t *w, __m128i pairs, unsigned escaped)
{
	store(w, _mm_shuffle_epi8(pairs, load(text_pack2[escaped])));
	return w + 8 + _mm_popcnt_u32(escaped);
}

/* Write the first n of sixteen ASCII characters, of which the bits mark those
 * to escape; the others are blanks. NULL if one has no letter. */
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

/* Convert one by one up to the eighth unit or the end. */
PART uint8_t *
by_char(uint8_t *w, const uint8_t **pp, const uint8_t *end, bool json)
{
	const uint8_t *const stop = end - *pp < 16 ? end : *pp + 16;

	while (*pp < stop)
		w = text_put(w, text_next_utf16(pp, end), json);
	return w;
}

/* Write the eight units of x, which are those at *pp. Blanks after the end are
 * written, but not counted. */
PART uint8_t *
put_half(
    uint8_t *w, const uint8_t **pp, const uint8_t *end, __m128i x, bool json)
{
	const ptrdiff_t n = end - *pp < 16 ? end - *pp : 16;
	uint8_t *const next = put_eight(w, x, json);

	if (next == NULL)
		return by_char(w, pp, end, json);
	*pp += n;
	return next - (16 - n) / 2;
}

/* The same for sixteen units, or for the first half of them. */
PART uint8_t *
put_block(
    uint8_t *w, const uint8_t **pp, const uint8_t *end, __m256i x, bool json)
{
	const uint8_t *const half = end - *pp > 16 ? *pp + 16 : NULL;

	w = put_half(w, pp, end, _mm256_castsi256_si128(x), json);
	/* A surrogate pair may extend into the second half. */
	if (*pp == half)
		w = put_half(w, pp, end, _mm256_extracti128_si256(x, 1), json);
	return w;
}

/* Write thirty-two units as bytes; true if all of them are plain. */
PART bool
put_plain(uint8_t *w, const uint8_t *p, bool json)
{
	const __m256i a = load_wide(p);
	const __m256i b = load_wide(p + 32);
	const __m256i x =
	    _mm256_permute4x64_epi64(_mm256_packus_epi16(a, b), 0xd8);
	const __m256i odd =
	    _mm256_or_si256(_mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), x),
		_mm256_or_si256(_mm256_cmpeq_epi8(x, _mm256_set1_epi8('"')),
		    _mm256_cmpeq_epi8(x, _mm256_set1_epi8('\\'))));

	_mm256_storeu_si256((__m256i *)(void *)w, x);
	if (json)
		return _mm256_testz_si256(odd, odd) != 0;
	return _mm256_testz_si256(_mm256_or_si256(a, b),
		   _mm256_set1_epi16((short)0xff80)) != 0;
}

PART uint8_t *
from_utf16(uint8_t *w, struct span s, bool json)
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
		uint8_t *next = NULL;
		/* If JSON escapes nothing, all units are ASCII. */
		if ((json && odd == 0) || _mm256_testz_si256(x, above) != 0)
			next = put_ascii(w, bytes, n, odd);
		if (next == NULL) {
			w = put_block(w, &p, end, x, json);
			continue;
		}
		w = next;
		p += 2 * n;
		/* Plain text is usually long. */
		for (; odd == 0 && end - p >= 64 && put_plain(w, p, json);
		     p += 64)
			w += 32;
	}
	return w;
}

TEXT_VARIANT(text_avx2, "avx2", TARGET)
#endif
