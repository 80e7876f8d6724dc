/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded little-endian reader. Reads beyond the end return zero and set
 * `bad`, which stays set: read a whole structure, then ask once.
 */
#ifndef UTIL_CURSOR_H
#define UTIL_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* The next n bytes, or an empty span. */
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

static inline uint64_t
cursor_le(struct cursor *c, size_t width)
{
	const struct span s = cursor_bytes(c, width);
	uint64_t v = 0;

	for (size_t i = s.n; i > 0; i--)
		v = v << 8 | s.p[i - 1];
	return v;
}

static inline uint8_t
cursor_u8(struct cursor *c)
{
	return (uint8_t)cursor_le(c, 1);
}

static inline uint16_t
cursor_u16(struct cursor *c)
{
	return (uint16_t)cursor_le(c, 2);
}

static inline uint32_t
cursor_u32(struct cursor *c)
{
	return (uint32_t)cursor_le(c, 4);
}

static inline uint64_t
cursor_u64(struct cursor *c)
{
	return cursor_le(c, 8);
}

#endif
