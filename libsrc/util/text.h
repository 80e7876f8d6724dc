/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Converts UTF-16LE, UTF-8 and ANSI text to UTF-8 or to the inside of a JSON
 * string. The result is valid for any input.
 *
 * Escapes: `\"` `\\` `\b` `\f` `\n` `\r` `\t`, other characters below U+0020
 * as `\u00XX` with lower-case digits. Lone surrogates and malformed UTF-8
 * become U+FFFD. Nothing else is changed.
 *
 * Each call reserves the worst case, at most six bytes for a unit of input. For
 * UTF-16 the fastest code for this processor is used (util/text_variant.h).
 */
#ifndef UTIL_TEXT_H
#define UTIL_TEXT_H

#include "util/buf.h"
#include "util/le.h"
#include "util/span.h"

/* Append UTF-16LE; an odd last byte is ignored. */
void text_utf16_json(struct buf *b, struct span s);

/* Append UTF-8 text as the inside of a JSON string. */
void text_utf8_json(struct buf *b, struct span s);

/* Append single-byte text in windows-1252; its five undefined bytes become
 * U+FFFD. */
void text_ansi_json(struct buf *b, struct span s);

/* The same conversions to UTF-8 without JSON escapes. text_utf8_utf8() only
 * replaces malformed bytes. */
void text_utf8_utf8(struct buf *b, struct span s);
void text_utf16_utf8(struct buf *b, struct span s);
void text_ansi_utf8(struct buf *b, struct span s);

/* Remove NUL characters of `width` bytes from the end of the span.
 * text_trim_utf16() and text_trim_bytes() are faster if there is at most one.
 */
struct span text_trim_run(struct span s, size_t width);

static inline struct span
text_trim_utf16(struct span s)
{
	s.n &= ~(size_t)1;
	if (s.n < 2 || le_u16(s.p + s.n - 2) != 0)
		return s;
	s.n -= 2;
	if (s.n < 2 || le_u16(s.p + s.n - 2) != 0)
		return s;
	return text_trim_run(s, 2);
}

static inline struct span
text_trim_bytes(struct span s)
{
	if (s.n == 0 || s.p[s.n - 1] != 0)
		return s;
	return text_trim_run(s, 1);
}

/* The beginning of a UTF-8 text: the bytes before its first NUL, cut to at most
 * `max` bytes at the end of a character. */
struct span text_beginning(struct span s, size_t max);

#endif
