/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers, GUIDs and SIDs as text. The writers need NUM_*_MAX bytes at
 * p, write without checks and return the address after the last byte. Nothing
 * depends on the locale.
 */
#ifndef UTIL_NUM_H
#define UTIL_NUM_H

#include <stdbool.h>
#include <stdint.h>

#include "util/span.h"

#define NUM_DEC_MAX 20
#define NUM_HEX_MAX 18
#define NUM_GUID_MAX 36
#define NUM_SID_MAX 186 /* S-255-281474976710655 and 15 times -4294967295 */
#define NUM_GUID_BYTES 16

uint8_t *num_u64(uint8_t *p, uint64_t v);
uint8_t *num_i64(uint8_t *p, int64_t v);

/* 0x3e7: lower case, not padded; zero is 0x0. */
uint8_t *num_hex(uint8_t *p, uint64_t v);

/* Bytes as upper-case hex, two digits each. */
uint8_t *num_hex_bytes(uint8_t *p, struct span bytes);

/* 16 bytes as 8-4-4-4-12 hex digits without braces. */
uint8_t *num_guid(uint8_t *p, const uint8_t *bytes, bool upper);

/* The bytes of a GUID's text, with or without braces; false if it is not one.
 */
bool num_parse_guid(struct span s, uint8_t bytes[NUM_GUID_BYTES]);

/* S-1-5-...; returns p unchanged if the bytes are not a SID. */
uint8_t *num_sid(uint8_t *p, struct span s);

/* Decimal digits, or 0x and hex digits; nothing else, no overflow. */
bool num_parse_u64(struct span s, uint64_t *v);

/* The shortest decimal text that reads back as the same number; with an
 * exponent only from 1e15 and below 0.0001. */
uint8_t *num_f64(uint8_t *p, double v);
uint8_t *num_f32(uint8_t *p, float v);
#define NUM_FLOAT_MAX 32

#endif
