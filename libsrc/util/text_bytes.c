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
			/* Bytes are below 0x80 here or set their top bit in x.
			 * Among such bytes, only 0 - 1 and a byte below 0x20
			 * minus 0x20 are negative and set the top bit. A borrow
			 * from the next byte can only add false hits. */
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
