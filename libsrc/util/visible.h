/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes text from logs safe to print on a terminal: characters that move the
 * cursor, change the direction of writing or are invisible are escaped.
 */
#ifndef UTIL_VISIBLE_H
#define UTIL_VISIBLE_H

#include "util/buf.h"

/* Length of the longest escape in bytes, and an upper limit for the number of
 * bytes that each byte of a text becomes. */
#define VISIBLE_MAX 10U
#define VISIBLE_GROWTH 6U

/* Return the length of the first character of s, which must not be empty. If
 * the character must be escaped, `escape` receives its escape and *n the length
 * of that; else *n is 0. Characters below U+0100 and malformed bytes are
 * escaped as \x1b, others as \u202e or \U000e0001. Escaped are control
 * characters, marks of direction, line and paragraph separators, and the
 * characters that Unicode calls default ignorable (DerivedCoreProperties: zero
 * width, fillers, variation selectors, tags). */
size_t visible_next(struct span s, char escape[VISIBLE_MAX + 1], size_t *n);

/* Append s, with the escapes of visible_next(). */
void visible_put(struct buf *b, struct span s);

#endif
