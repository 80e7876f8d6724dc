/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The variant for any processor. ASCII without escapes is converted four units
 * at a time in a 64-bit register, other characters one by one.
 */
#include "util/le.h"
#include "util/text_char.h"
#include "util/text_variant.h"

/* A word with the number x in every 16-bit lane. */
#define LANES(x) (0x0001000100010001U * (uint64_t)(x))

static inline uint8_t *
from_utf16(uint8_t *w, struct span s, bool json)
{
	const uint8_t *p = s.p;
	const uint8_t *const end = p + (s.n & ~(size_t)1);

	while (p < end) {
		for (; end - p >= 8; p += 8) {
			/* If all units are below 0x80, only 0 - 1 and a unit
			 * below 0x20 minus 0x20 are negative and set the top
			 * bit of their lane. A borrow from the next lane can
			 * only add false hits. */
			uint64_t x = le_u64(p);
			const uint64_t quote = (x ^ LANES('"')) - LANES(1);
			const uint64_t slash = (x ^ LANES('\\')) - LANES(1);
			const uint64_t odd = quote | slash | (x - LANES(0x20));
			if ((x & LANES(0xff80)) != 0 ||
			    (json && (odd & LANES(0x8000)) != 0))
				break;
			/* Pack the low bytes of the four lanes. */
			x = (x | x >> 8) & 0x0000ffff0000ffffU;
			le_put(w, x | x >> 16, 4);
			w += 4;
		}
		const uint8_t *const stop = end - p < 8 ? end : p + 8;
		while (p < stop)
			w = text_put(w, text_next_utf16(&p, end), json);
	}
	return w;
}

TEXT_VARIANT(text_plain, "plain", )
