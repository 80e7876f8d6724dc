/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text of evidence for a terminal: no character of it can move the cursor,
 * change the direction of writing, or be invisible.
 */
#ifndef UTIL_VISIBLE_H
#define UTIL_VISIBLE_H

#include "util/buf.h"

/* Longest escape, and the growth of a text. */
#define VISIBLE_MAX 10U
#define VISIBLE_GROWTH 6U /* per byte: U+202E has three bytes, \u202e six */

/* The length of the character at the beginning of s, which is not empty. If it
 * must not be shown as it is, *n is the length of its escape in `escape`, else
 * 0. The escape is \x1b below U+0100 and for invalid UTF-8, else \u202e or
 * \U000e0001. Escaped are control characters, marks of direction, line and
 * paragraph separators, and what Unicode calls default ignorable
 * (DerivedCoreProperties: zero width, fillers, variation selectors, tags). */
size_t visible_next(struct span s, char escape[VISIBLE_MAX + 1], size_t *n);

/* Append s with these escapes. */
void visible_put(struct buf *b, struct span s);

#endif
