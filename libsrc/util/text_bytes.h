/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Converts texts in bytes, for text.c. They are rare and short, so all
 * processors convert them in the same way: plain ASCII eight bytes at a time in
 * one 64-bit register, other characters one by one.
 */
#ifndef UTIL_TEXT_BYTES_H
#define UTIL_TEXT_BYTES_H

#include "util/span.h"
#include "util/text_char.h"

/* Write the text of s at w, escaped with `json`, and return the address after
 * it; `next` decodes a character. At most TEXT_UNIT_MAX bytes are written for
 * every byte, and 3 without `json`. */
uint8_t *text_bytes_convert(
    uint8_t *w, struct span s, text_next *next, bool json);

#endif
