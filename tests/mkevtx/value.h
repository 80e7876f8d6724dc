/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values: their types, and their bytes from text.
 *
 * type        code  text of a value
 * null        00    empty, or a number of bytes to fill with 0xee
 * string      01    text with escapes (text.h); `stringz` adds a NUL
 * ansi        02    units below 0x100, one byte each
 * int8 .. uint64    03 .. 0a, decimal or 0x
 * float       0b    as strtof reads it; double 0c
 * bool        0d    true, false, or the number to store in 4 bytes
 * binary      0e    hex digits, blanks ignored
 * guid        0f    8-4-4-4-12 hex digits, braces allowed
 * size        10    as size8; size4 and size8 say the width
 * filetime    11    a time (clock.h) or a number
 * systemtime  12    a time, or eight numbers with commas
 * sid         13    S-1-5-...
 * hex32 hex64 14 15 numbers
 * handle      20    a number, 8 bytes
 * xml         23    text (EvtXml)
 * pointer     hint 10 in the template, value hex64: as LSA writes them
 * raw/HH      any   hex digits, stored as they are under type HH
 *
 * `type[]` is the array of it: elements with | between.
 */
#ifndef MKEVTX_VALUE_H
#define MKEVTX_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum value_code {
	VALUE_NULL = 0x00,
	VALUE_STRING = 0x01,
	VALUE_ANSI = 0x02,
	VALUE_INT8 = 0x03,
	VALUE_UINT8 = 0x04,
	VALUE_INT16 = 0x05,
	VALUE_UINT16 = 0x06,
	VALUE_INT32 = 0x07,
	VALUE_UINT32 = 0x08,
	VALUE_INT64 = 0x09,
	VALUE_UINT64 = 0x0a,
	VALUE_FLOAT = 0x0b,
	VALUE_DOUBLE = 0x0c,
	VALUE_BOOL = 0x0d,
	VALUE_BINARY = 0x0e,
	VALUE_GUID = 0x0f,
	VALUE_SIZE = 0x10,
	VALUE_FILETIME = 0x11,
	VALUE_SYSTEMTIME = 0x12,
	VALUE_SID = 0x13,
	VALUE_HEX32 = 0x14,
	VALUE_HEX64 = 0x15,
	VALUE_HANDLE = 0x20,
	VALUE_BINXML = 0x21,
	VALUE_XML = 0x23,
	VALUE_ARRAY = 0x80
};

struct value_type {
	uint8_t code;  /* of the value, array bit included */
	uint8_t hint;  /* of the substitution in the template */
	uint8_t width; /* bytes of a number, 0 where it varies */
	bool nul;      /* stringz */
	bool raw;
};

/* Finds the type of that name; ends the program if there is none. */
struct value_type value_type(const char *name, size_t n);

/* The name of a type's code as the list of expectations gives it. */
const char *value_name(uint8_t code);

/* The bytes of one element of a type of fixed width, else 0. */
size_t value_width(uint8_t code);

/* Appends the bytes of the value that `text` says. */
void value_parse(
    struct buf *out, struct value_type type, const char *text, size_t n);

/* "S-1-5-18" and "{...}" to bytes, for the catalog. */
void value_sid(struct buf *out, const char *text, size_t n);
void value_guid(struct buf *out, const char *text, size_t n);

#endif
