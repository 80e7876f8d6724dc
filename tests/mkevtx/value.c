/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "text.h"
#include "value.h"

struct named {
	const char *name;
	uint8_t code;
	uint8_t hint;
	uint8_t width;
};

static const struct named types[] = {
	{ "null", VALUE_NULL, VALUE_NULL, 0 },
	{ "string", VALUE_STRING, VALUE_STRING, 0 },
	{ "ansi", VALUE_ANSI, VALUE_ANSI, 0 },
	{ "int8", VALUE_INT8, VALUE_INT8, 1 },
	{ "uint8", VALUE_UINT8, VALUE_UINT8, 1 },
	{ "int16", VALUE_INT16, VALUE_INT16, 2 },
	{ "uint16", VALUE_UINT16, VALUE_UINT16, 2 },
	{ "int32", VALUE_INT32, VALUE_INT32, 4 },
	{ "uint32", VALUE_UINT32, VALUE_UINT32, 4 },
	{ "int64", VALUE_INT64, VALUE_INT64, 8 },
	{ "uint64", VALUE_UINT64, VALUE_UINT64, 8 },
	{ "float", VALUE_FLOAT, VALUE_FLOAT, 4 },
	{ "double", VALUE_DOUBLE, VALUE_DOUBLE, 8 },
	{ "bool", VALUE_BOOL, VALUE_BOOL, 4 },
	{ "binary", VALUE_BINARY, VALUE_BINARY, 0 },
	{ "guid", VALUE_GUID, VALUE_GUID, 16 },
	{ "size", VALUE_SIZE, VALUE_SIZE, 8 },
	{ "filetime", VALUE_FILETIME, VALUE_FILETIME, 8 },
	{ "systemtime", VALUE_SYSTEMTIME, VALUE_SYSTEMTIME, 16 },
	{ "sid", VALUE_SID, VALUE_SID, 0 },
	{ "hex32", VALUE_HEX32, VALUE_HEX32, 4 },
	{ "hex64", VALUE_HEX64, VALUE_HEX64, 8 },
	{ "handle", VALUE_HANDLE, VALUE_HANDLE, 8 },
	{ "binxml", VALUE_BINXML, VALUE_BINXML, 0 },
	{ "xml", VALUE_XML, VALUE_XML, 0 },
	/* Names that only a description uses; value_name finds those above. */
	{ "size8", VALUE_SIZE, VALUE_SIZE, 8 },
	{ "size4", VALUE_SIZE, VALUE_SIZE, 4 },
	{ "stringz", VALUE_STRING, VALUE_STRING, 0 },
	{ "pointer", VALUE_HEX64, VALUE_SIZE, 8 },
};

#define TYPES (sizeof(types) / sizeof(types[0]))

static struct value_type
raw_type(const char *hex, size_t n)
{
	char s[3] = { 0 };

	if (n != 2)
		buf_die(2, "raw/ wants two hex digits");
	memcpy(s, hex, 2);
	const uint8_t code = (uint8_t)strtoul(s, NULL, 16);
	return (struct value_type){ .code = code, .hint = code, .raw = true };
}

struct value_type
value_type(const char *name, size_t n)
{
	const bool array = n > 2 && memcmp(name + n - 2, "[]", 2) == 0;
	const size_t len = array ? n - 2 : n;
	const unsigned bit = array ? VALUE_ARRAY : 0;

	if (n > 4 && memcmp(name, "raw/", 4) == 0)
		return raw_type(name + 4, n - 4);
	for (size_t i = 0; i < TYPES; i++) {
		const struct named *const t = &types[i];

		if (strlen(t->name) == len && memcmp(t->name, name, len) == 0)
			return (struct value_type){
				.code = (uint8_t)(t->code | bit),
				.hint = (uint8_t)(t->hint | bit),
				.width = t->width,
				.nul = strcmp(t->name, "stringz") == 0,
			};
	}
	buf_die(2, "unknown type: %.*s", (int)n, name);
}

static const struct named *
by_code(uint8_t code)
{
	for (size_t i = 0; i < TYPES; i++)
		if (types[i].code == (code & ~VALUE_ARRAY))
			return &types[i];
	return NULL;
}

const char *
value_name(uint8_t code)
{
	const struct named *const t = by_code(code);

	return t == NULL ? "unknown" : t->name;
}

size_t
value_width(uint8_t code)
{
	const struct named *const t = by_code(code);

	return t == NULL ? 0 : t->width;
}

static void
number(struct buf *out, size_t width, const char *s)
{
	char *end = NULL;
	uint64_t v = 0;

	errno = 0;
	v = *s == '-' ? (uint64_t)strtoll(s, &end, 0) : strtoull(s, &end, 0);
	if (end == s || *end != '\0' || errno != 0)
		buf_die(2, "not a number: %s", s);
	for (size_t i = 0; i < width; i++)
		buf_u8(out, (uint8_t)(v >> (8 * i)));
}

static void
binary(struct buf *out, const char *s)
{
	while (*s != '\0') {
		char two[3] = { 0 };
		char *end = NULL;

		if (*s == ' ') {
			s++;
			continue;
		}
		two[0] = s[0];
		two[1] = s[1];
		const unsigned long v = strtoul(two, &end, 16);
		if (end != two + 2)
			buf_die(2, "not hex digits: %s", s);
		buf_u8(out, (unsigned)v);
		s += 2;
	}
}

void
value_guid(struct buf *out, const char *text, size_t n)
{
	/* The first three groups are numbers, so stored low byte first. */
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11,
		12, 13, 14, 15 };
	struct buf hex = { 0 };
	struct buf bytes = { 0 };

	for (size_t i = 0; i < n; i++)
		if (strchr("{}-", text[i]) == NULL)
			buf_put(&hex, text + i, 1);
	buf_u8(&hex, 0);
	binary(&bytes, (const char *)hex.p);
	if (bytes.n != 16)
		buf_die(2, "not a GUID: %.*s", (int)n, text);
	for (size_t i = 0; i < 16; i++)
		buf_u8(out, bytes.p[order[i]]);
	buf_free(&hex);
	buf_free(&bytes);
}

void
value_sid(struct buf *out, const char *text, size_t n)
{
	uint64_t v[17];
	size_t count = 0;
	struct buf copy = { 0 };

	buf_put(&copy, text, n);
	buf_u8(&copy, 0);
	char *s = (char *)copy.p;
	if (n < 5 || memcmp(s, "S-", 2) != 0)
		buf_die(2, "not a SID: %s", s);
	for (s++; *s == '-' && count < 17; count++)
		v[count] = strtoull(s + 1, &s, 0);
	if (*s != '\0' || count < 2)
		buf_die(2, "not a SID: %.*s", (int)n, text);
	buf_u8(out, (unsigned)v[0]);
	buf_u8(out, (unsigned)(count - 2));
	for (int shift = 40; shift >= 0; shift -= 8)
		buf_u8(out, (unsigned)(v[1] >> shift & 0xff));
	for (size_t i = 2; i < count; i++)
		buf_u32(out, (uint32_t)v[i]);
	buf_free(&copy);
}

static void
systemtime(struct buf *out, const char *s, size_t n)
{
	struct clock_fields f;

	if (strchr(s, ',') != NULL) {
		char *end = NULL;

		for (int i = 0; i < 8; i++, s = *end == ',' ? end + 1 : end)
			buf_u16(out, (unsigned)strtoul(s, &end, 10));
		return;
	}
	clock_split(clock_parse(s, n), &f);
	const unsigned v[8] = { f.year, f.month, f.weekday, f.day, f.hour,
		f.minute, f.second, f.milli };
	for (int i = 0; i < 8; i++)
		buf_u16(out, v[i]);
}

static void
floating(struct buf *out, size_t width, const char *s)
{
	char *end = NULL;
	uint64_t bits = 0;

	if (width == 4) {
		const float f = strtof(s, &end);
		uint32_t half = 0;

		memcpy(&half, &f, 4);
		bits = half;
	} else {
		const double d = strtod(s, &end);

		memcpy(&bits, &d, 8);
	}
	if (end == s || *end != '\0')
		buf_die(2, "not a number: %s", s);
	for (size_t i = 0; i < width; i++)
		buf_u8(out, (uint8_t)(bits >> (8 * i)));
}

static void
ansi(struct buf *out, const char *s, size_t n)
{
	struct buf units = { 0 };

	text_units(&units, s, n);
	for (size_t i = 0; i < units.n; i += 2) {
		if (units.p[i + 1] != 0)
			buf_die(2, "ansi text beyond \\xff: %s", s);
		buf_u8(out, units.p[i]);
	}
	buf_free(&units);
}

static void
boolean(struct buf *out, const char *s)
{
	if (strcmp(s, "true") == 0)
		buf_u32(out, 1);
	else if (strcmp(s, "false") == 0)
		buf_u32(out, 0);
	else
		number(out, 4, s);
}

static void
filler(struct buf *out, const char *s)
{
	const unsigned long n = strtoul(s, NULL, 0);

	for (unsigned long i = 0; i < n; i++)
		buf_u8(out, 0xee);
}

/* One value, or one element of an array; `s` ends with a NUL. */
static void
scalar(struct buf *out, struct value_type type, const char *s, size_t n)
{
	const unsigned code = type.code & ~(unsigned)VALUE_ARRAY;

	if (type.raw || code == VALUE_BINARY)
		binary(out, s);
	else if (code == VALUE_STRING || code == VALUE_XML)
		text_units(out, s, n);
	else if (code == VALUE_ANSI)
		ansi(out, s, n);
	else if (code == VALUE_NULL)
		filler(out, s);
	else if (code == VALUE_FLOAT || code == VALUE_DOUBLE)
		floating(out, type.width, s);
	else if (code == VALUE_BOOL)
		boolean(out, s);
	else if (code == VALUE_GUID)
		value_guid(out, s, n);
	else if (code == VALUE_FILETIME)
		buf_u64(out, strchr(s, '-') == NULL ? strtoull(s, NULL, 0)
						    : clock_parse(s, n));
	else if (code == VALUE_SYSTEMTIME)
		systemtime(out, s, n);
	else if (code == VALUE_SID)
		value_sid(out, s, n);
	else if (type.width != 0)
		number(out, type.width, s);
	else
		buf_die(
		    2, "no value of type %s from text", value_name(type.code));
}

static void
element(struct buf *out, struct value_type type, const char *s, size_t n)
{
	struct buf copy = { 0 };

	buf_put(&copy, s, n);
	buf_u8(&copy, 0);
	scalar(out, type, (const char *)copy.p, n);
	buf_free(&copy);
	/* The members of an array of text end with a NUL each. */
	if (type.code == (VALUE_ARRAY | VALUE_STRING) ||
	    type.code == (VALUE_ARRAY | VALUE_XML) || type.nul)
		buf_u16(out, 0);
	if (type.code == (VALUE_ARRAY | VALUE_ANSI))
		buf_u8(out, 0);
}

static size_t
to_bar(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && s[i] != '|')
		i += s[i] == '\\' ? 2 : 1;
	return i < n ? i : n;
}

void
value_parse(struct buf *out, struct value_type type, const char *text, size_t n)
{
	if (type.raw || (type.code & VALUE_ARRAY) == 0) {
		element(out, type, text, n);
		return;
	}
	while (true) {
		const size_t len = to_bar(text, n);

		element(out, type, text, len);
		if (len == n)
			return;
		text += len + 1;
		n -= len + 1;
	}
}
