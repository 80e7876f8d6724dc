/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value of an event: its BinXML type and the bytes that hold it.
 *
 * The bytes belong to the chunk (or to the arena of a decoder that made them)
 * and are valid as long as the record is. Types are those of the BinXML format
 * (MS-EVEN6 2.2.12, libevtx documentation "Value types"); one is ours: text
 * that is UTF-8 already, for literals and for what libevtx delivers.
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
	VALUE_STRING = 0x02,  /* single bytes, windows-1252 */
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
	VALUE_BOOL = 0x0d, /* any non-zero is true */
	VALUE_BINARY = 0x0e,
	VALUE_GUID = 0x0f,
	VALUE_SIZE = 0x10, /* 4 or 8 bytes, shown in hex */
	VALUE_FILETIME = 0x11,
	VALUE_SYSTEMTIME = 0x12,
	VALUE_SID = 0x13,
	VALUE_HEX32 = 0x14,
	VALUE_HEX64 = 0x15,
	VALUE_HANDLE = 0x20,
	VALUE_BINXML = 0x21,
	VALUE_EVTXML = 0x23,
	VALUE_UTF8 = 0x40,  /* ours */
	VALUE_ARRAY = 0x80, /* a flag: an array of the type below */
};

struct value {
	const uint8_t *p;
	uint32_t n;   /* bytes */
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

/* Text of any of the three string types. */
bool value_is_text(const struct value *v);

/* Null, or text or binary without a byte: emptiness is part of a tree's shape,
 * so it may be asked when something is compiled against it. */
static inline bool
value_is_empty(const struct value *v)
{
	return v->type == VALUE_NULL ||
	       (v->n == 0 && (value_is_text(v) || v->type == VALUE_BINARY));
}

/* Whether its size is one that its type can have; anything is, for types of
 * any size. */
bool value_is_sized(const struct value *v);

/* An integer or a boolean of a right size: JSON shows it without quotes. */
bool value_is_number(const struct value *v);

/* The number in an integer, hex or text value; negative ones are no u64. */
bool value_u64(const struct value *v, uint64_t *out);

/* The same with a sign, from -INT64_MAX to INT64_MAX. */
bool value_i64(const struct value *v, int64_t *out);

/* The time in a FILETIME, SYSTEMTIME or ISO text value. */
bool value_time(const struct value *v, uint64_t *filetime);

/* False for a FILETIME of 0: Windows has it for no time, not for the year 1601.
 * True for every other value. */
static inline bool
value_has_time(const struct value *v)
{
	return v->type != VALUE_FILETIME || v->n != 8 || le_u64(v->p) != 0;
}

/* Append the value as text, as Windows' types are written in RAW-SHAPE terms:
 * decimal, 0x hex, true/false, ISO time with 7 digits, upper-case GUID without
 * braces, S-1-..., upper-case hex for binary. What cannot be its type (a GUID
 * of 3 bytes) is written as binary. Arrays are joined by ", ". The JSON
 * form is the same with the escapes of util/text.h, without quotes. */
void value_text(struct buf *b, const struct value *v);
void value_json(struct buf *b, const struct value *v);

/* Whether the two texts are equal but for the case of ASCII letters. */
bool value_equals_nocase(const struct value *v, struct span text);

/* The item of an array behind *item, in *item, which starts as { .p = NULL };
 * false behind the last. Strings in arrays end with a NUL character each. */
bool value_next(const struct value *array, struct value *item);

/* Item i of an array, in *item; false beyond the last. Goes through those
 * before it: to see all of them is for value_next(). */
bool value_item(const struct value *v, size_t i, struct value *item);

#endif
