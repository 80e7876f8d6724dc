/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers, GUIDs and SIDs as text. The writers need room for NUM_*_MAX bytes at
 * p; they write without checks and return the address after the last byte.
 * Nothing depends on the locale.
 */
#ifndef UTIL_NUM_H
#define UTIL_NUM_H

#include <stdbool.h>
#include <stdint.h>

#include "util/le.h"
#include "util/span.h"

#define NUM_DEC_MAX 20
#define NUM_HEX_MAX 18
#define NUM_GUID_MAX 36
/* The longest SID is S-255-281474976710655 followed by 15 times -4294967295. */
#define NUM_SID_MAX 186
#define NUM_GUID_BYTES 16

/* The numbers 00 to 99, two digits each. */
extern const char num_pairs[201];

/* The digits of a number below 10,000, padded with zeros, the first in the
 * lowest byte. */
static inline uint32_t
num_four_digits(uint32_t v)
{
	const uint8_t *const digits = (const uint8_t *)num_pairs;

	return le_u16(digits + (size_t)2 * (v / 100)) |
	       le_u16(digits + (size_t)2 * (v % 100)) << 16;
}

static inline void
num_put_four(uint8_t *p, uint32_t chars)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	chars = __builtin_bswap32(chars);
#endif
	memcpy(p, &chars, sizeof(chars));
}

/* Write a number below 10,000. Four bytes are written, however many digits the
 * number has, since a branch would be unpredictable. */
static inline uint8_t *
num_short(uint8_t *p, uint32_t v)
{
	const unsigned n = 1U + (v > 9) + (v > 99) + (v > 999);

	num_put_four(p, num_four_digits(v) >> 8 * (4 - n));
	return p + n;
}

uint8_t *num_u64(uint8_t *p, uint64_t v);
uint8_t *num_i64(uint8_t *p, int64_t v);

/* Write hex in the form 0x3e7: lower case, not padded; zero is 0x0. */
uint8_t *num_hex(uint8_t *p, uint64_t v);

/* Write bytes as hex in upper or lower case, two digits each. */
uint8_t *num_hex_bytes(uint8_t *p, struct span bytes);
uint8_t *num_hex_bytes_lower(uint8_t *p, struct span bytes);

/* Write the 16 bytes of a GUID as 8-4-4-4-12 hex digits without braces. */
uint8_t *num_guid(uint8_t *p, const uint8_t *bytes, bool upper);

/* Parse the text of a GUID, with or without braces. False if the text is not a
 * GUID. */
bool num_parse_guid(struct span s, uint8_t bytes[NUM_GUID_BYTES]);

/* Write a SID in the form S-1-5-18. Returns p if the bytes are not a SID. */
uint8_t *num_sid(uint8_t *p, struct span s);

/* Parse decimal digits, or 0x and hex digits. False for anything else and for
 * numbers above UINT64_MAX. */
bool num_parse_u64(struct span s, uint64_t *v);

/* Write the shortest decimal text that reads back as the same number. Only
 * absolute values of 1e15 and more or below 0.0001 have an exponent. */
uint8_t *num_f64(uint8_t *p, double v);
uint8_t *num_f32(uint8_t *p, float v);
#define NUM_FLOAT_MAX 32

#endif
