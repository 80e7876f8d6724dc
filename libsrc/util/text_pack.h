/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables for byte shuffles (pshufb) that close the gaps between characters of
 * different lengths. The index tells the lengths; the bytes of all of them
 * together are as many as the characters and the set bits of the index.
 */
#ifndef UTIL_TEXT_PACK_H
#define UTIL_TEXT_PACK_H

#include <stdint.h>

/* Eight characters in lanes of two bytes: bit i says that character i has
 * both. */
extern const uint8_t text_pack2[256][16];

/* Four characters in lanes of four bytes: bit i says that character i has at
 * least two, bit 4 + i that it has three. */
extern const uint8_t text_pack3[256][16];

#endif
