/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "util/text_bytes.h"

/* The same number in every byte. */
#define BYTES(x) (0x0101010101010101U * (uint64_t)(x))

/* If all bytes are below 0x80, subtracting borrows into a byte's top bit: 0
 * minus 1 does, and so does a byte below 0x20 minus 0x20. */
static inline bool
clean_bytes(uint64_t x, bool json)
{
	const uint64_t quote = (x ^ BYTES('"')) - BYTES(1);
	const uint64_t slash = (x ^ BYTES('\\')) - BYTES(1);
	const uint64_t quoted = quote | slash | (x - BYTES(0x20));

	return ((json ? x | quoted : x) & BYTES(0x80)) == 0;
}

uint8_t *
text_bytes_convert(uint8_t *w, struct span s, text_next *next, bool json)
{
	const uint8_t *p = s.p;
	const uint8_t *const end = p + s.n;

	while (p < end) {
		while (end - p >= 8 && clean_bytes(le_u64(p), json)) {
			memcpy(w, p, 8);
			w += 8;
			p += 8;
		}
		const uint8_t *const stop = end - p < 8 ? end : p + 8;
		while (p < stop)
			w = text_put(w, next(&p, end), json);
	}
	return w;
}
