/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value of an event: its BinXML type and its bytes.
 *
 * The bytes belong to the chunk, or to the arena of the decoder that made them,
 * and are valid as long as the record is. The types are those of the BinXML
 * format ([MS-EVEN6] 2.2.12, "BinXml"; libyal: "EVTX", "Value types"), plus one
 * of our own: UTF-8 text, for literals and for the output of libevtx.
 */
#ifndef EVENT_VALUE_H
#define EVENT_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/le.h"
#include "util/span.h"

enum value_type {
	VALUE_NULL = 0x00,
	VALUE_WSTRING = 0x01, /* UTF-16LE */
	VALUE_STRING = 0x02,  /* single-byte text, windows-1252 */
	VALUE_I8 = 0x03,
	VALUE_U8 = 0x04,
	VALUE_I16 = 0x05,
	VALUE_U16 = 0x06,
	VALUE_I32 = 0x07,
	VALUE_U32 = 0x08,
	VALUE_I64 = 0x09,
	VALUE_U64 = 0x0a,
	VALUE_F32 = 0x0b,
	VALUE_F64 = 0x0c,
	VALUE_BOOL = 0x0d, /* any number but 0 is true */
	VALUE_BINARY = 0x0e,
	VALUE_GUID = 0x0f,
	VALUE_SIZE = 0x10, /* 4 or 8 bytes, written in hex */
	VALUE_FILETIME = 0x11,
	VALUE_SYSTEMTIME = 0x12,
	VALUE_SID = 0x13,
	VALUE_HEX32 = 0x14,
	VALUE_HEX64 = 0x15,
	VALUE_HANDLE = 0x20,
	VALUE_BINXML = 0x21,
	VALUE_EVTXML = 0x23,
	VALUE_UTF8 = 0x40, /* our own type for text in UTF-8, never in files */
	/* Flag: an array of values of the type in the low bits. */
	VALUE_ARRAY = 0x80,
};

struct value {
	const uint8_t *p;
	uint32_t n;   /* length in bytes */
	uint8_t type; /* enum value_type, with or without VALUE_ARRAY */
};

static inline struct value
value_utf8(struct span s)
{
	return (struct value){ s.p, (uint32_t)s.n, VALUE_UTF8 };
}

static inline struct span
value_bytes(const struct value *v)
{
	return span_of(v->p, v->n);
}

/* True for the three string types. */
bool value_is_text(const struct value *v);

/* True for null and for text or binary of no bytes. Whether a value is empty is
 * the same for all records that share a tree. */
static inline bool
value_is_empty(const struct value *v)
{
	return v->type == VALUE_NULL ||
	       (v->n == 0 && (value_is_text(v) || v->type == VALUE_BINARY));
}

/* True if values of the type have a fixed size, or one of a few sizes. */
bool value_type_is_sized(uint8_t type);

/* True if the size of the value is valid for its type; always true for types
 * without a fixed size. */
bool value_is_sized(const struct value *v);

/* True for an integer or a boolean of a valid size, which JSON writes without
 * quotes. */
bool value_is_number(const struct value *v);

/* Read the number in an integer, hex or text value; false for other values and
 * for negative numbers. */
bool value_u64(const struct value *v, uint64_t *out);

/* Like value_u64(), for signed numbers from -INT64_MAX to INT64_MAX. */
bool value_i64(const struct value *v, int64_t *out);

/* Read the time in a FILETIME, SYSTEMTIME or ISO 8601 text value. */
bool value_time(const struct value *v, uint64_t *filetime);

/* False for a FILETIME of 0, which Windows stores for "no time"; true for every
 * other value. */
static inline bool
value_has_time(const struct value *v)
{
	return v->type != VALUE_FILETIME || v->n != 8 || le_u64(v->p) != 0;
}

/* Append the value as text: integers in decimal, hex types with 0x, true or
 * false, times in ISO 8601 with 7 digits, GUIDs in upper case without braces,
 * SIDs as S-1-..., binary in upper-case hex. A value with an invalid size (a
 * GUID of 3 bytes) is written as binary. Array items are joined by ", ".
 * value_json() writes the same with the escapes of util/text.h, without quotes.
 */
void value_text(struct buf *b, const struct value *v);
void value_json(struct buf *b, const struct value *v);

/* True if the value is this text, ignoring the case of ASCII letters. */
bool value_equals_nocase(const struct value *v, struct span text);

/* Step to the next item of an array. *item starts as { .p = NULL }; false after
 * the last item. Strings in arrays end with a NUL character each. */
bool value_next(const struct value *array, struct value *item);

/* True for an array of two items or more. */
bool value_is_list(const struct value *v);

#endif
