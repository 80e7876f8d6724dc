/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded little-endian reader. Reads beyond the end return zero and set
 * `bad`, which stays set: read a whole structure, then check once.
 */
#ifndef UTIL_CURSOR_H
#define UTIL_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/le.h"
#include "util/span.h"

struct cursor {
	const uint8_t *p;
	size_t left;
	bool bad;
};

static inline struct cursor
cursor_of(struct span s)
{
	return (struct cursor){ s.p, s.n, false };
}

/* The next n bytes; if there are fewer, an empty span. */
static inline struct span
cursor_bytes(struct cursor *c, size_t n)
{
	struct span s = { NULL, 0 };

	if (n > c->left) {
		c->bad = true;
		c->left = 0;
		return s;
	}
	s = span_of(c->p, n);
	c->p += n;
	c->left -= n;
	return s;
}

static inline void
cursor_skip(struct cursor *c, size_t n)
{
	(void)cursor_bytes(c, n);
}

static inline uint8_t
cursor_u8(struct cursor *c)
{
	const struct span s = cursor_bytes(c, 1);

	return s.n == 0 ? 0 : s.p[0];
}

static inline uint16_t
cursor_u16(struct cursor *c)
{
	const struct span s = cursor_bytes(c, 2);

	return s.n == 0 ? 0 : (uint16_t)le_u16(s.p);
}

static inline uint32_t
cursor_u32(struct cursor *c)
{
	const struct span s = cursor_bytes(c, 4);

	return s.n == 0 ? 0 : le_u32(s.p);
}

static inline uint64_t
cursor_u64(struct cursor *c)
{
	const struct span s = cursor_bytes(c, 8);

	return s.n == 0 ? 0 : le_u64(s.p);
}

#endif
