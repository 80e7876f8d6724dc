/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For SSE2, which every x86-64 has: plain ASCII sixteen units at a time; eight
 * units one by one where other characters are among them.
 */
#include "util/text_char.h"
#include "util/text_variant.h"

#if TEXT_X86

#include <immintrin.h>

static inline __m128i
load(const uint8_t *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline unsigned
bits(__m128i bytes)
{
	return (unsigned)_mm_movemask_epi8(bytes);
}

/* Bits of the bytes that JSON does not write as they are: below 0x20, from 0x80
 * on (as signed numbers also below), quote and backslash. */
static inline unsigned
special(__m128i x, bool json)
{
	if (!json)
		return bits(x);
	const __m128i low = _mm_cmplt_epi8(x, _mm_set1_epi8(0x20));
	const __m128i quote = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
	const __m128i slash = _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'));
	return bits(_mm_or_si128(low, _mm_or_si128(quote, slash)));
}

static inline bool
clean(__m128i a, __m128i b, bool json)
{
	/* Units from 0x8000 on are packed to NUL, which JSON escapes. */
	const __m128i high =
	    _mm_and_si128(_mm_or_si128(a, b), _mm_set1_epi16((short)0xff80));

	return json
		   ? special(_mm_packus_epi16(a, b), true) == 0
		   : bits(_mm_cmpeq_epi16(high, _mm_setzero_si128())) == 0xffff;
}

static inline uint8_t *
from_utf16(uint8_t *w, struct span s, bool json)
{
	const uint8_t *p = s.p;
	const uint8_t *const end = p + (s.n & ~(size_t)1);

	while (end - p >= 16) {
		/* Process eight units twice if there are fewer than sixteen. */
		const size_t n = end - p < 32 ? 8 : 16;
		const __m128i a = load(p);
		const __m128i b = load(p + 2 * n - 16);
		const uint8_t *const stop = p + 16;
		if (clean(a, b, json)) {
			_mm_storeu_si128(
			    (__m128i *)(void *)w, _mm_packus_epi16(a, b));
			w += n;
			p += 2 * n;
		}
		while (p < stop)
			w = text_put(w, text_next_utf16(&p, end), json);
	}
	const struct span rest = { p, (size_t)(end - p) };
	return (json ? text_plain.utf16_json : text_plain.utf16_utf8)(w, rest);
}

static inline uint8_t *
from_bytes(uint8_t *w, struct span s, text_next *next, bool json)
{
	const uint8_t *p = s.p;
	const uint8_t *const end = p + s.n;

	while (p < end) {
		while (end - p >= 16 && special(load(p), json) == 0) {
			_mm_storeu_si128((__m128i *)(void *)w, load(p));
			w += 16;
			p += 16;
		}
		const uint8_t *const stop = end - p < 16 ? end : p + 16;
		while (p < stop)
			w = text_put(w, next(&p, end), json);
	}
	return w;
}

TEXT_VARIANT(text_sse2, "sse2", )
#endif
