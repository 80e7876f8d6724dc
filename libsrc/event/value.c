/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "event/value.h"
#include "util/filetime.h"
#include "util/le.h"
#include "util/num.h"
#include "util/text.h"

/* Room for any value that is not text, a SID or binary. */
#define SCALAR_MAX 40

/* Size in bytes of the values of each type; 0 if the size is not fixed. */
static const uint8_t fixed_size[UINT8_MAX + 1] = { [VALUE_I8] = 1,
	[VALUE_U8] = 1,
	[VALUE_I16] = 2,
	[VALUE_U16] = 2,
	[VALUE_I32] = 4,
	[VALUE_U32] = 4,
	[VALUE_I64] = 8,
	[VALUE_U64] = 8,
	[VALUE_F32] = 4,
	[VALUE_F64] = 8,
	[VALUE_GUID] = 16,
	[VALUE_FILETIME] = 8,
	[VALUE_SYSTEMTIME] = 16,
	[VALUE_HEX32] = 4,
	[VALUE_HEX64] = 8 };

bool
value_is_text(const struct value *v)
{
	return v->type == VALUE_WSTRING || v->type == VALUE_STRING ||
	       v->type == VALUE_UTF8;
}

static uint64_t
read_unsigned(const struct value *v)
{
	return le_uint(v->p, v->n > 8 ? 8 : v->n);
}

static int64_t
read_signed(const struct value *v)
{
	const uint64_t u = read_unsigned(v);
	const unsigned bits = v->n >= 8 ? 64 : v->n * 8;
	const uint64_t sign = bits == 0 ? 0 : (uint64_t)1 << (bits - 1);

	return (int64_t)((u ^ sign) - sign);
}

bool
value_type_is_sized(uint8_t type)
{
	return fixed_size[type] != 0 || type == VALUE_SIZE ||
	       type == VALUE_HANDLE || type == VALUE_BOOL;
}

bool
value_is_sized(const struct value *v)
{
	if (fixed_size[v->type] != 0)
		return v->n == fixed_size[v->type];
	if (v->type == VALUE_SIZE || v->type == VALUE_HANDLE)
		return v->n == 4 || v->n == 8;
	if (v->type == VALUE_BOOL)
		return v->n >= 1 && v->n <= 8;
	return true;
}

/* Convert a text value to ASCII in `out`; false if it does not fit or is not
 * ASCII: then it is not a number or a time either. */
static bool
read_ascii(const struct value *v, char out[SCALAR_MAX], struct span *s)
{
	const struct span bytes = v->type == VALUE_WSTRING
				      ? text_trim_utf16(value_bytes(v))
				      : text_trim_bytes(value_bytes(v));
	const size_t step = v->type == VALUE_WSTRING ? 2 : 1;

	if (bytes.n > SCALAR_MAX * step)
		return false;
	for (size_t i = 0; i < bytes.n; i += step) {
		if (bytes.p[i] > 0x7f || (step == 2 && bytes.p[i + 1] != 0))
			return false;
		out[i / step] = (char)bytes.p[i];
	}
	*s = span_of(out, bytes.n / step);
	return true;
}

bool
value_u64(const struct value *v, uint64_t *out)
{
	char text[SCALAR_MAX];
	struct span s;

	if (value_is_text(v))
		return read_ascii(v, text, &s) && num_parse_u64(s, out);
	if (!value_is_sized(v))
		return false;
	switch (v->type) {
	case VALUE_I8:
	case VALUE_I16:
	case VALUE_I32:
	case VALUE_I64:
		*out = (uint64_t)read_signed(v);
		return read_signed(v) >= 0;
	case VALUE_U8:
	case VALUE_U16:
	case VALUE_U32:
	case VALUE_U64:
	case VALUE_HEX32:
	case VALUE_HEX64:
	case VALUE_SIZE:
		*out = read_unsigned(v);
		return true;
	default:
		return false;
	}
}

bool
value_i64(const struct value *v, int64_t *out)
{
	char text[SCALAR_MAX];
	struct span s;
	uint64_t n;

	if ((v->type == VALUE_I8 || v->type == VALUE_I16 ||
		v->type == VALUE_I32 || v->type == VALUE_I64) &&
	    value_is_sized(v)) {
		*out = read_signed(v);
		return *out != INT64_MIN;
	}
	const bool minus = value_is_text(v) && read_ascii(v, text, &s) &&
			   s.n > 1 && s.p[0] == '-';
	if (!(minus ? num_parse_u64(span_of(s.p + 1, s.n - 1), &n)
		    : value_u64(v, &n)) ||
	    n > INT64_MAX)
		return false;
	*out = minus ? -(int64_t)n : (int64_t)n;
	return true;
}

bool
value_time(const struct value *v, uint64_t *filetime)
{
	char text[SCALAR_MAX];
	struct span s;

	if (value_is_text(v))
		return read_ascii(v, text, &s) && filetime_parse(s, filetime);
	if (!value_is_sized(v))
		return false;
	if (v->type == VALUE_SYSTEMTIME)
		return filetime_of_systemtime(value_bytes(v), filetime);
	*filetime = read_unsigned(v);
	return v->type == VALUE_FILETIME;
}

bool
value_is_number(const struct value *v)
{
	return ((v->type >= VALUE_I8 && v->type <= VALUE_U64) ||
		   v->type == VALUE_BOOL) &&
	       value_is_sized(v);
}

/* Write a value of a valid size; returns p for types that it does not know. */
static uint8_t *
put_scalar(uint8_t *p, const struct value *v)
{
	const uint64_t u = read_unsigned(v);
	const uint32_t low = (uint32_t)u;
	uint64_t time;
	double f64;
	float f32;

	switch (v->type) {
	case VALUE_I8:
	case VALUE_I16:
	case VALUE_I32:
	case VALUE_I64:
		return num_i64(p, read_signed(v));
	case VALUE_U8:
	case VALUE_U16:
	case VALUE_U32:
	case VALUE_U64:
		return num_u64(p, u);
	case VALUE_HEX32:
	case VALUE_HEX64:
	case VALUE_SIZE:
	case VALUE_HANDLE:
		return num_hex(p, u);
	case VALUE_F32:
		memcpy(&f32, &low, sizeof(f32));
		return num_f32(p, f32);
	case VALUE_F64:
		memcpy(&f64, &u, sizeof(f64));
		return num_f64(p, f64);
	case VALUE_BOOL:
		memcpy(p, u != 0 ? "true" : "false", u != 0 ? 4 : 5);
		return p + (u != 0 ? 4 : 5);
	case VALUE_GUID:
		return num_guid(p, v->p, true);
	case VALUE_FILETIME:
		return filetime_put(p, u);
	case VALUE_SYSTEMTIME:
		/* Fields out of range are written as hex, to lose nothing. */
		return filetime_of_systemtime(value_bytes(v), &time)
			   ? filetime_put(p, time)
			   : num_hex_bytes(p, value_bytes(v));
	default:
		return p;
	}
}

/* Write a value that is neither text nor an array. */
static void
put_other(struct buf *b, const struct value *v)
{
	uint8_t *p = buf_room(b, NUM_SID_MAX);

	if (p == NULL)
		return;
	uint8_t *end = p;
	if (v->type == VALUE_SID)
		end = num_sid(p, value_bytes(v));
	else if (value_is_sized(v))
		end = put_scalar(p, v);
	if (end == p) {
		p = buf_room(b, 2 * (size_t)v->n);
		if (p == NULL)
			return;
		end = num_hex_bytes(p, value_bytes(v));
	}
	b->n += (size_t)(end - p);
}

static void
put_value(struct buf *b, const struct value *v, bool json)
{
	const struct span s = value_bytes(v);
	struct value item = { .p = NULL };

	if ((v->type & VALUE_ARRAY) != 0) {
		for (bool first = true; value_next(v, &item); first = false) {
			if (!first)
				buf_str(b, ", ");
			put_value(b, &item, json);
		}
	} else if (v->type == VALUE_WSTRING) {
		(json ? text_utf16_json : text_utf16_utf8)(
		    b, text_trim_utf16(s));
	} else if (v->type == VALUE_STRING) {
		(json ? text_ansi_json : text_ansi_utf8)(b, text_trim_bytes(s));
	} else if (v->type == VALUE_UTF8) {
		(json ? text_utf8_json : buf_put)(b, s);
	} else if (v->type != VALUE_NULL) {
		put_other(b, v);
	}
}

void
value_text(struct buf *b, const struct value *v)
{
	put_value(b, v, false);
}

void
value_json(struct buf *b, const struct value *v)
{
	put_value(b, v, true);
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

bool
value_equals_nocase(const struct value *v, struct span text)
{
	const struct span bytes = v->type == VALUE_WSTRING
				      ? text_trim_utf16(value_bytes(v))
				      : value_bytes(v);
	const size_t step = v->type == VALUE_WSTRING ? 2 : 1;

	if (!value_is_text(v) || bytes.n != text.n * step)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (step == 2 && bytes.p[2 * i + 1] != 0)
			return false;
		if (lower(bytes.p[i * step]) != lower(text.p[i]))
			return false;
	}
	return true;
}

/* Size of the characters before the NUL, or of all `left` bytes. `step` is the
 * size of a character. */
static size_t
text_size(const uint8_t *s, size_t left, size_t step)
{
	size_t size = 0;

	while (size + step <= left &&
	       (s[size] != 0 || (step == 2 && s[size + 1] != 0)))
		size += step;
	return size;
}

bool
value_next(const struct value *array, struct value *item)
{
	const uint8_t type = array->type & (uint8_t)~VALUE_ARRAY;
	const size_t step = type == VALUE_WSTRING ? 2 : 1;
	const uint8_t *const p = array->p;
	size_t off = item->p == NULL ? 0 : (size_t)(item->p - p) + item->n;
	size_t size = fixed_size[type];

	item->type = type;
	if (type == VALUE_WSTRING || type == VALUE_STRING) {
		/* Skip the NUL of the string before. */
		if (item->p != NULL)
			off += step;
		if (off + step > array->n)
			return false;
		assert(p != NULL);
		size = text_size(p + off, array->n - off, step);
	} else {
		const size_t left = array->n - off;
		if (type == VALUE_SID) /* byte 1: number of sub-authorities */
			size = left < 8 ? 0 : 8 + 4 * (size_t)p[off + 1];
		else if (type == VALUE_BOOL)
			size = 4;
		/* A type whose values have any size: the array has one item. */
		else if (size == 0)
			size = array->n;
		if (size == 0 || size > left)
			return false;
	}
	item->p = p + off;
	item->n = (uint32_t)size;
	return true;
}

bool
value_is_list(const struct value *v)
{
	struct value item = { .p = NULL };

	return (v->type & VALUE_ARRAY) != 0 && value_next(v, &item) &&
	       value_next(v, &item);
}
