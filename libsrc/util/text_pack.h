/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables for byte shuffles (pshufb) that close the gaps between characters of
 * different lengths. The index describes the lengths; the result has as many
 * bytes as there are characters and set bits in the index.
 */
#ifndef UTIL_TEXT_PACK_H
#define UTIL_TEXT_PACK_H

#include <stdint.h>

/* Eight characters in lanes of two bytes; bit i: character i has two bytes. */
extern const uint8_t text_pack2[256][16];

/* Four characters in lanes of four bytes; bit i: character i has at least two
 * bytes, bit 4 + i: it has three. */
extern const uint8_t text_pack3[256][16];

#endif
