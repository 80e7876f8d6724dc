/* SPDX-License-Identifier: Apache-2.0 */
#include "util/digest_lanes.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <cpuid.h>
#include <immintrin.h>

#define TARGET __attribute__((target("sha,sse4.1")))
#define INLINE __attribute__((always_inline)) static inline

bool
digest_lanes_available(void)
{
	unsigned a = 0;
	unsigned b = 0;
	unsigned c = 0;
	unsigned d = 0;

	if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (b & bit_SHA) == 0)
		return false;
	return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_SSE4_1) != 0;
}

/* The constants K of FIPS 180-4, section 4.2.2. */
static const uint32_t constants[64] = { 0x428a2f98, 0x71374491, 0xb5c0fbcf,
	0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
	0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7,
	0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
	0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
	0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
	0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
	0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c,
	0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee,
	0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2 };

/* The working variables of one message in the order that the instructions use:
 * A, B, E, F and C, D, G, H, each time the first in the highest lane. `w`
 * contains the sixteen current words of the message schedule. */
struct lane {
	__m128i abef;
	__m128i cdgh;
	__m128i w[4];
};

TARGET INLINE void
load_state(struct lane *l, const uint32_t h[8])
{
	const __m128i dcba = _mm_loadu_si128((const void *)h);
	const __m128i hgfe = _mm_loadu_si128((const void *)(h + 4));
	const __m128i cdab = _mm_shuffle_epi32(dcba, 0xb1);
	const __m128i efgh = _mm_shuffle_epi32(hgfe, 0x1b);

	l->abef = _mm_alignr_epi8(cdab, efgh, 8);
	l->cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
}

TARGET INLINE void
store_state(const struct lane *l, uint32_t h[8])
{
	const __m128i feba = _mm_shuffle_epi32(l->abef, 0x1b);
	const __m128i dchg = _mm_shuffle_epi32(l->cdgh, 0xb1);

	_mm_storeu_si128((void *)h, _mm_blend_epi16(feba, dchg, 0xf0));
	_mm_storeu_si128((void *)(h + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/* Load block number `at` of the message, and copy it if that is wanted. */
TARGET INLINE void
load_block(struct lane *l, const struct digest_lane *from, size_t at)
{
	const __m128i big_endian =
	    _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	const size_t offset = at * DIGEST_LANES_BLOCK;

	for (size_t i = 0; i < 4; i++) {
		const __m128i words = _mm_loadu_si128(
		    (const void *)(from->blocks + offset + 16 * i));
		if (from->copy != NULL)
			_mm_storeu_si128(
			    (void *)(from->copy + offset + 16 * i), words);
		l->w[i] = _mm_shuffle_epi8(words, big_endian);
	}
}

/* Do four rounds with the words in w[i]. */
TARGET INLINE void
four_last_rounds(struct lane *l, int i, const uint32_t *k)
{
	const __m128i wk =
	    _mm_add_epi32(l->w[i], _mm_loadu_si128((const void *)k));

	l->cdgh = _mm_sha256rnds2_epu32(l->cdgh, l->abef, wk);
	l->abef = _mm_sha256rnds2_epu32(
	    l->abef, l->cdgh, _mm_shuffle_epi32(wk, 0x0e));
}

/* Do four rounds with the words in w[i], then replace the words by those that
 * are needed sixteen rounds later. */
TARGET INLINE void
four_rounds(struct lane *l, int i, const uint32_t *k)
{
	four_last_rounds(l, i, k);
	const __m128i last = l->w[(i + 3) & 3];
	const __m128i before = _mm_alignr_epi8(last, l->w[(i + 2) & 3], 4);
	const __m128i sum = _mm_add_epi32(
	    _mm_sha256msg1_epu32(l->w[i], l->w[(i + 1) & 3]), before);
	l->w[i] = _mm_sha256msg2_epu32(sum, last);
}

TARGET INLINE void
sixteen_rounds(struct lane *x, const uint32_t *k)
{
	four_rounds(x, 0, k);
	four_rounds(x, 1, k + 4);
	four_rounds(x, 2, k + 8);
	four_rounds(x, 3, k + 12);
}

TARGET INLINE void
sixteen_last_rounds(struct lane *x, const uint32_t *k)
{
	four_last_rounds(x, 0, k);
	four_last_rounds(x, 1, k + 4);
	four_last_rounds(x, 2, k + 8);
	four_last_rounds(x, 3, k + 12);
}

TARGET INLINE void
sixteen_rounds_of_two(struct lane *x, struct lane *y, const uint32_t *k)
{
	four_rounds(x, 0, k);
	four_rounds(y, 0, k);
	four_rounds(x, 1, k + 4);
	four_rounds(y, 1, k + 4);
	four_rounds(x, 2, k + 8);
	four_rounds(y, 2, k + 8);
	four_rounds(x, 3, k + 12);
	four_rounds(y, 3, k + 12);
}

TARGET INLINE void
sixteen_last_rounds_of_two(struct lane *x, struct lane *y, const uint32_t *k)
{
	four_last_rounds(x, 0, k);
	four_last_rounds(y, 0, k);
	four_last_rounds(x, 1, k + 4);
	four_last_rounds(y, 1, k + 4);
	four_last_rounds(x, 2, k + 8);
	four_last_rounds(y, 2, k + 8);
	four_last_rounds(x, 3, k + 12);
	four_last_rounds(y, 3, k + 12);
}

TARGET INLINE void
add_state(struct lane *l, const struct lane *before)
{
	l->abef = _mm_add_epi32(l->abef, before->abef);
	l->cdgh = _mm_add_epi32(l->cdgh, before->cdgh);
}

TARGET void
digest_lanes_one(const struct digest_lane *a, size_t n)
{
	struct lane x;

	load_state(&x, a->state);
	for (size_t at = 0; at < n; at++) {
		const struct lane x0 = x;

		load_block(&x, a, at);
		sixteen_rounds(&x, constants);
		sixteen_rounds(&x, constants + 16);
		sixteen_rounds(&x, constants + 32);
		sixteen_last_rounds(&x, constants + 48);
		add_state(&x, &x0);
	}
	store_state(&x, a->state);
}

TARGET void
digest_lanes_two(
    const struct digest_lane *a, const struct digest_lane *b, size_t n)
{
	struct lane x;
	struct lane y;

	load_state(&x, a->state);
	load_state(&y, b->state);
	for (size_t at = 0; at < n; at++) {
		const struct lane x0 = x;
		const struct lane y0 = y;

		load_block(&x, a, at);
		load_block(&y, b, at);
		sixteen_rounds_of_two(&x, &y, constants);
		sixteen_rounds_of_two(&x, &y, constants + 16);
		sixteen_rounds_of_two(&x, &y, constants + 32);
		sixteen_last_rounds_of_two(&x, &y, constants + 48);
		add_state(&x, &x0);
		add_state(&y, &y0);
	}
	store_state(&x, a->state);
	store_state(&y, b->state);
}

#else

bool
digest_lanes_available(void)
{
	return false;
}

void
digest_lanes_one(const struct digest_lane *a, size_t n)
{
	(void)a;
	(void)n;
}

void
digest_lanes_two(
    const struct digest_lane *a, const struct digest_lane *b, size_t n)
{
	(void)a;
	(void)b;
	(void)n;
}

#endif
