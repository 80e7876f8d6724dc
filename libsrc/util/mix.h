/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hash functions for tables in memory: fast, not cryptographic.
 */
#ifndef UTIL_MIX_H
#define UTIL_MIX_H

#include <string.h>

#include "util/span.h"

static inline uint64_t
mix_word(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0x9E3779B97F4A7C15); /* 2^64 / golden ratio */
	return h ^ h >> 32;
}

static inline uint64_t
mix_bytes(uint64_t h, struct span s)
{
	uint64_t word;

	h = mix_word(h, s.n);
	for (; s.n >= sizeof(word); s = span_of(s.p + 8, s.n - 8)) {
		memcpy(&word, s.p, sizeof(word));
		h = mix_word(h, word);
	}
	word = 0;
	if (s.n != 0)
		memcpy(&word, s.p, s.n);
	return mix_word(h, word);
}

#endif
