/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Little-endian numbers at any address. Compilers turn each read into a single
 * load. The caller must check the bounds.
 */
#ifndef UTIL_LE_H
#define UTIL_LE_H

#include <stdint.h>

static inline uint32_t
le_u16(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8;
}

static inline uint32_t
le_u32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static inline uint64_t
le_u64(const uint8_t *p)
{
	return p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
	       (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
	       (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
	       (uint64_t)p[7] << 56;
}

/* Read a number of n bytes, at most 8. */
static inline uint64_t
le_uint(const uint8_t *p, uint32_t n)
{
	uint64_t u = 0;

	if (n == 8)
		return le_u64(p);
	if (n == 4)
		return le_u32(p);
	if (n == 2)
		return le_u16(p);
	for (; n > 0; n--)
		u = u << 8 | p[n - 1];
	return u;
}

/* Write the low n bytes of a number, at most 8. */
static inline void
le_put(uint8_t *p, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

#endif
