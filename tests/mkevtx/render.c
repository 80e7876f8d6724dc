/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "render.h"
#include "text.h"
#include "value.h"

static void
put_text(struct buf *out, const uint8_t *p, size_t n)
{
	while (n >= 2 && p[n - 2] == 0 && p[n - 1] == 0)
		n -= 2;
	buf_put(out, p, n);
}

static void
put_ansi(struct buf *out, const uint8_t *p, size_t n)
{
	while (n >= 1 && p[n - 1] == 0)
		n--;
	text_from_ansi(out, p, n);
}

static void
put_signed(struct buf *out, const uint8_t *p, size_t n)
{
	char s[24];
	uint64_t v = buf_get(p, n);

	if (n > 0 && n < 8 && (p[n - 1] & 0x80) != 0)
		v |= ~0ULL << (8 * n);
	(void)snprintf(s, sizeof(s), "%" PRId64, (int64_t)v);
	buf_wide(out, s);
}

static void
put_unsigned(struct buf *out, const uint8_t *p, size_t n, const char *fmt)
{
	char s[24];
	const uint64_t v = buf_get(p, n);

	(void)snprintf(
	    s, sizeof(s), *fmt == 'x' ? "0x%" PRIx64 : "%" PRIu64, v);
	buf_wide(out, s);
}

static void
put_float(struct buf *out, const uint8_t *p, size_t n)
{
	char s[40];
	float f = 0;
	double d = 0;

	if (n == 4)
		memcpy(&f, p, 4);
	else
		memcpy(&d, p, 8);
	for (int digits = 1; digits <= 17; digits++) {
		(void)snprintf(
		    s, sizeof(s), "%.*g", digits, n == 4 ? (double)f : d);
		if (n == 4 ? strtof(s, NULL) >= f && strtof(s, NULL) <= f
			   : strtod(s, NULL) >= d && strtod(s, NULL) <= d)
			break;
	}
	buf_wide(out, s);
}

static void
put_hex(struct buf *out, const uint8_t *p, size_t n)
{
	char s[3];

	for (size_t i = 0; i < n; i++) {
		(void)snprintf(s, sizeof(s), "%02X", p[i]);
		buf_wide(out, s);
	}
}

static void
put_guid(struct buf *out, const uint8_t *p, enum render_manner manner)
{
	char s[40];

	(void)snprintf(s, sizeof(s),
	    "%s%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X%s",
	    manner == RENDER_XML ? "{" : "", (unsigned)buf_get(p, 4),
	    (unsigned)buf_get(p + 4, 2), (unsigned)buf_get(p + 6, 2), p[8],
	    p[9], p[10], p[11], p[12], p[13], p[14], p[15],
	    manner == RENDER_XML ? "}" : "");
	buf_wide(out, s);
}

static void
put_systemtime(struct buf *out, const uint8_t *p)
{
	char s[96];
	unsigned v[8];

	for (size_t i = 0; i < 8; i++)
		v[i] = (unsigned)buf_get(p + 2 * i, 2);
	(void)snprintf(s, sizeof(s), "%04u-%02u-%02uT%02u:%02u:%02u.%03u0000Z",
	    v[0], v[1], v[3], v[4], v[5], v[6], v[7]);
	buf_wide(out, s);
}

static void
put_filetime(struct buf *out, const uint8_t *p)
{
	char s[40];

	clock_iso(buf_get(p, 8), s);
	buf_wide(out, s);
}

static void
put_sid(struct buf *out, const uint8_t *p, size_t n)
{
	char s[32];
	uint64_t authority = 0;

	for (size_t i = 2; i < 8; i++)
		authority = authority << 8 | p[i];
	(void)snprintf(s, sizeof(s), "S-%u-%" PRIu64, p[0], authority);
	buf_wide(out, s);
	for (size_t i = 8; i + 4 <= n; i += 4) {
		(void)snprintf(
		    s, sizeof(s), "-%u", (unsigned)buf_get(p + i, 4));
		buf_wide(out, s);
	}
}

/* Flat, like a table, so long. */
/* NOLINTNEXTLINE(readability-function-cognitive-complexity) */
void
render_units(struct buf *out, uint8_t code, const uint8_t *p, size_t n,
    enum render_manner manner)
{
	switch (code) {
	case VALUE_STRING:
	case VALUE_XML:
		put_text(out, p, n);
		return;
	case VALUE_ANSI:
		put_ansi(out, p, n);
		return;
	case VALUE_INT8:
	case VALUE_INT16:
	case VALUE_INT32:
	case VALUE_INT64:
		put_signed(out, p, n);
		return;
	case VALUE_UINT8:
	case VALUE_UINT16:
	case VALUE_UINT32:
	case VALUE_UINT64:
		put_unsigned(out, p, n, "d");
		return;
	case VALUE_FLOAT:
	case VALUE_DOUBLE:
		put_float(out, p, n);
		return;
	case VALUE_BOOL:
		buf_wide(out, buf_get(p, n) != 0 ? "true" : "false");
		return;
	case VALUE_BINARY:
		put_hex(out, p, n);
		return;
	case VALUE_GUID:
		put_guid(out, p, manner);
		return;
	case VALUE_SIZE:
	case VALUE_HEX32:
	case VALUE_HEX64:
	case VALUE_HANDLE:
		put_unsigned(out, p, n, "x");
		return;
	case VALUE_FILETIME:
		put_filetime(out, p);
		return;
	case VALUE_SYSTEMTIME:
		put_systemtime(out, p);
		return;
	case VALUE_SID:
		put_sid(out, p, n);
		return;
	default:
		return;
	}
}

static size_t
terminated(const uint8_t *p, size_t n, size_t unit)
{
	for (size_t i = 0; i + unit <= n; i += unit)
		if (buf_get(p + i, unit) == 0)
			return i + unit;
	return n;
}

size_t
render_member(uint8_t code, const uint8_t *p, size_t n)
{
	const unsigned base = code & ~(unsigned)VALUE_ARRAY;
	size_t len = n;

	if (base == VALUE_STRING || base == VALUE_XML)
		len = terminated(p, n, 2);
	else if (base == VALUE_ANSI)
		len = terminated(p, n, 1);
	else if (base == VALUE_SID && n > 1)
		len = 8 + 4 * (size_t)p[1];
	else if (value_width(code) != 0)
		len = value_width(code);
	return len < n ? len : n;
}
