/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Converts UTF-8 and ANSI texts, for text.c. They are rare and short, so the
 * code is the same for all processors: ASCII without escapes is converted eight
 * bytes at a time in a 64-bit register, other characters one by one.
 */
#ifndef UTIL_TEXT_BYTES_H
#define UTIL_TEXT_BYTES_H

#include "util/span.h"
#include "util/text_char.h"

/* Convert s, whose characters `next` decodes, and write the result at w.
 * Returns the address after it. If `json` is set, characters are escaped and
 * each byte of s becomes at most TEXT_UNIT_MAX bytes, else at most 3. */
uint8_t *text_bytes_convert(
    uint8_t *w, struct span s, text_next *next, bool json);

#endif
