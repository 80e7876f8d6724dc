/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Converts text character by character. The tests compare each variant
 * (util/text_variant.h) with this code, and the variants use it for characters
 * that they do not handle.
 *
 * Functions that write a character write at most six bytes without checks and
 * return the address after them. Functions that read a character advance *pp by
 * at least one unit.
 */
#ifndef UTIL_TEXT_CHAR_H
#define UTIL_TEXT_CHAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/le.h"

#define TEXT_REPLACEMENT 0xfffdU

/* How JSON writes an ASCII character: the byte itself, or TEXT_ESCAPED plus the
 * byte that follows a backslash, or TEXT_HEX for a control character that is
 * written as \u00XX. */
#define TEXT_ESCAPED 0x100U
#define TEXT_HEX 0x200U
extern const uint16_t text_char_ascii[128];

/* Write c as \u00XX. */
uint8_t *text_char_put_hex(uint8_t *w, uint32_t c);

/* Read the character at *pp. U+FFFD if it is malformed, a lone surrogate, or
 * undefined in the code page. */
typedef uint32_t text_next(const uint8_t **pp, const uint8_t *end);
text_next text_char_next_utf8;
text_next text_char_next_ansi;

static inline uint8_t *
text_put_utf8(uint8_t *w, uint32_t c)
{
	if (c < 0x80) {
		*w++ = (uint8_t)c;
		return w;
	}
	if (c < 0x800) {
		*w++ = (uint8_t)(0xc0 | c >> 6);
		*w++ = (uint8_t)(0x80 | (c & 0x3f));
		return w;
	}
	if (c < 0x10000) {
		*w++ = (uint8_t)(0xe0 | c >> 12);
	} else {
		*w++ = (uint8_t)(0xf0 | c >> 18);
		*w++ = (uint8_t)(0x80 | (c >> 12 & 0x3f));
	}
	*w++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	*w++ = (uint8_t)(0x80 | (c & 0x3f));
	return w;
}

/* Write a character, escaped if `json` is set. ASCII characters with and
 * without a backslash take the same path, since a branch would be
 * unpredictable. */
static inline uint8_t *
text_put(uint8_t *w, uint32_t c, bool json)
{
	if (!json || c >= 0x80)
		return text_put_utf8(w, c);
	const uint32_t as = text_char_ascii[c];
	if (as == TEXT_HEX)
		return text_char_put_hex(w, c);
	*w = '\\';
	w += as / TEXT_ESCAPED;
	*w = (uint8_t)as;
	return w + 1;
}

static inline uint32_t
text_next_utf16(const uint8_t **pp, const uint8_t *end)
{
	const uint32_t hi = le_u16(*pp);

	*pp += 2;
	if (hi < 0xd800 || hi > 0xdfff)
		return hi;
	if (hi > 0xdbff || end - *pp < 2)
		return TEXT_REPLACEMENT;
	const uint32_t lo = le_u16(*pp);
	if (lo < 0xdc00 || lo > 0xdfff)
		return TEXT_REPLACEMENT;
	*pp += 2;
	return 0x10000 + ((hi - 0xd800) << 10) + (lo - 0xdc00);
}

#endif
