/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A span is a sequence of bytes that somebody else owns, such as a name in a
 * chunk or a value in a record. It is passed by value and never freed. An empty
 * span may have a NULL pointer.
 */
#ifndef UTIL_SPAN_H
#define UTIL_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t *p;
	size_t n;
};

/* The span of a string literal. */
#define SPAN(lit) ((struct span){ (const uint8_t *)(lit), sizeof(lit) - 1 })

static inline struct span
span_of(const void *p, size_t n)
{
	return (struct span){ p, n };
}

static inline struct span
span_str(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

static inline bool
span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Compare two spans byte by byte, like memcmp(). If one is the beginning of the
 * other, the shorter one is less. */
static inline int
span_cmp(struct span a, struct span b)
{
	const size_t n = a.n < b.n ? a.n : b.n;
	const int c = n == 0 ? 0 : memcmp(a.p, b.p, n);

	return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

static inline bool
span_starts(struct span s, struct span prefix)
{
	return s.n >= prefix.n &&
	       (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

/* The span without its first n bytes. */
static inline struct span
span_skip(struct span s, size_t n)
{
	return n == 0 ? s : span_of(s.p + n, s.n - n);
}

/* The span without blanks and control characters at both ends. */
static inline struct span
span_trim(struct span s)
{
	while (s.n > 0 && s.p[0] <= ' ')
		s = span_of(s.p + 1, s.n - 1);
	while (s.n > 0 && s.p[s.n - 1] <= ' ')
		s.n--;
	return s;
}

/* Remove the first item of a list with its separator, and return the item.
 * After the last item list->p is NULL. An empty text is a list of one empty
 * item. */
static inline struct span
span_next(struct span *list, uint8_t separator)
{
	const struct span all = *list;
	const uint8_t *const at =
	    all.n == 0 ? NULL : memchr(all.p, separator, all.n);

	if (at == NULL) {
		*list = span_of(NULL, 0);
		return all;
	}
	const size_t n = (size_t)(at - all.p);
	*list = span_of(at + 1, all.n - n - 1);
	return span_of(all.p, n);
}

#endif
