/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "util/text_bytes.h"

/* A word with the number x in every byte. */
#define BYTES(x) (0x0101010101010101U * (uint64_t)(x))

uint8_t *
text_bytes_convert(uint8_t *w, struct span s, text_next *next, bool json)
{
	const uint8_t *p = s.p;
	const uint8_t *const end = p + s.n;

	while (p < end) {
		for (; end - p >= 8; p += 8) {
			/* x has the top bit of each byte of 0x80 and above. For
			 * a lower byte b, (b ^ c) - 1 sets the top bit only if
			 * b == c, and b - 0x20 only if b < 0x20. A borrow from
			 * the byte below can only add false hits, which end the
			 * fast loop. */
			const uint64_t x = le_u64(p);
			const uint64_t quote = (x ^ BYTES('"')) - BYTES(1);
			const uint64_t slash = (x ^ BYTES('\\')) - BYTES(1);
			const uint64_t odd =
			    json ? x | quote | slash | (x - BYTES(0x20)) : x;
			if ((odd & BYTES(0x80)) != 0)
				break;
			memcpy(w, p, 8);
			w += 8;
		}
		const uint8_t *const stop = end - p < 8 ? end : p + 8;
		while (p < stop)
			w = text_put(w, next(&p, end), json);
	}
	return w;
}
