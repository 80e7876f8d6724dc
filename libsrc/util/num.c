/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/le.h"
#include "util/num.h"

/* Distance from the character after '9' to 'a' or 'A'. */
#define LOWER ('a' - '9' - 1)
#define UPPER ('A' - '9' - 1)

const char num_pairs[] = "00010203040506070809"
			 "10111213141516171819"
			 "20212223242526272829"
			 "30313233343536373839"
			 "40414243444546474849"
			 "50515253545556575859"
			 "60616263646566676869"
			 "70717273747576777879"
			 "80818283848586878889"
			 "90919293949596979899";

uint8_t *
num_u64(uint8_t *p, uint64_t v)
{
	if (v < 10000)
		return num_short(p, (uint32_t)v);
	p = num_u64(p, v / 10000);
	num_put_four(p, num_four_digits((uint32_t)(v % 10000)));
	return p + 4;
}

uint8_t *
num_i64(uint8_t *p, int64_t v)
{
	if (v >= 0)
		return num_u64(p, (uint64_t)v);
	*p++ = '-';
	return num_u64(p, 0 - (uint64_t)v);
}

/* The eight hex digits of v, the first in the lowest byte; `letter` is the
 * distance from the character after '9' to the letters. All digits are computed
 * at once, one in each byte. */
static inline uint64_t
hex_digits(uint32_t v, uint64_t letter)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t x = v;

	x = (x << 32 | x >> 16) & UINT64_C(0x0000ffff0000ffff);
	x = (x << 16 | x >> 8) & UINT64_C(0x00ff00ff00ff00ff);
	x = (x << 8 | x >> 4) & 15 * ones;
	return x + '0' * ones + ((x + 6 * ones) >> 4 & ones) * letter;
}

static inline void
put_eight(uint8_t *p, uint64_t chars)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	chars = __builtin_bswap64(chars);
#endif
	memcpy(p, &chars, sizeof(chars));
}

uint8_t *
num_hex(uint8_t *p, uint64_t v)
{
	const unsigned digits = (67 - (unsigned)__builtin_clzll(v | 1)) / 4;
	const unsigned head = digits > 8 ? digits - 8 : digits;

	*p++ = '0';
	*p++ = 'x';
	const uint32_t first = (uint32_t)(digits > 8 ? v >> 32 : v);
	put_eight(p, hex_digits(first, LOWER) >> 8 * (8 - head));
	p += head;
	if (digits <= 8)
		return p;
	put_eight(p, hex_digits((uint32_t)v, LOWER));
	return p + 8;
}

static inline uint32_t
big_endian(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

#if defined(__SSE2__)
#include <immintrin.h>

/* Write eight bytes as sixteen hex digits; `letter` is the distance from the
 * character after '9' to the letters. */
static inline void
put_hex_of_eight(uint8_t *p, const uint8_t *bytes, char letter)
{
	const __m128i x = _mm_loadl_epi64((const __m128i *)(const void *)bytes);
	const __m128i high = _mm_srli_epi16(x, 4);
	const __m128i digit =
	    _mm_and_si128(_mm_unpacklo_epi8(high, x), _mm_set1_epi8(15));
	const __m128i more = _mm_and_si128(
	    _mm_cmpgt_epi8(digit, _mm_set1_epi8(9)), _mm_set1_epi8(letter));

	_mm_storeu_si128((__m128i *)(void *)p,
	    _mm_add_epi8(_mm_add_epi8(digit, _mm_set1_epi8('0')), more));
}
#else
static inline void
put_hex_of_eight(uint8_t *p, const uint8_t *bytes, char letter)
{
	const uint64_t distance = (uint8_t)letter;

	put_eight(p, hex_digits(big_endian(bytes), distance));
	put_eight(p + 8, hex_digits(big_endian(bytes + 4), distance));
}
#endif

static inline uint8_t *
put_hex(uint8_t *p, struct span bytes, const char *digits, char letter)
{
	size_t i = 0;

	for (; i + 8 <= bytes.n; i += 8) {
		put_hex_of_eight(p, bytes.p + i, letter);
		p += 16;
	}
	for (; i < bytes.n; i++) {
		*p++ = (uint8_t)digits[bytes.p[i] >> 4];
		*p++ = (uint8_t)digits[bytes.p[i] & 15];
	}
	return p;
}

uint8_t *
num_hex_bytes(uint8_t *p, struct span bytes)
{
	return put_hex(p, bytes, "0123456789ABCDEF", UPPER);
}

uint8_t *
num_hex_bytes_lower(uint8_t *p, struct span bytes)
{
	return put_hex(p, bytes, "0123456789abcdef", LOWER);
}

uint8_t *
num_guid(uint8_t *p, const uint8_t *bytes, bool upper)
{
	/* The first three fields are little-endian (RFC 4122: time_low,
	 * time_mid, time_hi). */
	const uint8_t *const b = bytes;
	const uint32_t mid = le_u16(b + 4) << 16 | le_u16(b + 6);
	const uint64_t letter = upper ? UPPER : LOWER;
	const uint64_t middle = hex_digits(mid, letter);
	const uint64_t node = hex_digits(big_endian(b + 8), letter);

	/* Each call writes eight characters. The surplus ones are overwritten
	 * by the next call or by a dash. */
	put_eight(p, hex_digits(le_u32(b), letter));
	put_eight(p + 9, middle);
	put_eight(p + 14, middle >> 32);
	put_eight(p + 19, node);
	put_eight(p + 24, node >> 32);
	put_eight(p + 28, hex_digits(big_endian(b + 12), letter));
	p[8] = '-';
	p[13] = '-';
	p[18] = '-';
	p[23] = '-';
	return p + NUM_GUID_MAX;
}

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
num_parse_guid(struct span s, uint8_t bytes[NUM_GUID_BYTES])
{
	static const uint8_t order[NUM_GUID_BYTES] = { 3, 2, 1, 0, 5, 4, 7, 6,
		8, 9, 10, 11, 12, 13, 14, 15 };
	size_t at = 0;

	if (s.n == 38 && s.p[0] == '{' && s.p[37] == '}')
		s = span_of(s.p + 1, 36);
	if (s.n != 36)
		return false;
	for (unsigned i = 0; i < NUM_GUID_BYTES; i++) {
		if ((i == 4 || i == 6 || i == 8 || i == 10) && s.p[at++] != '-')
			return false;
		const int hi = hex_digit(s.p[at]);
		const int lo = hex_digit(s.p[at + 1]);
		if (hi < 0 || lo < 0)
			return false;
		bytes[order[i]] = (uint8_t)(hi << 4 | lo);
		at += 2;
	}
	return true;
}

uint8_t *
num_sid(uint8_t *p, struct span s)
{
	uint64_t authority = 0;

	/* A SID is a revision, a count, an authority of 6 bytes (big-endian)
	 * and `count` sub-authorities of 4 bytes (MS-DTYP 2.4.2.2). */
	if (s.n < 8 || s.p[1] > 15 || s.n < 8 + 4 * (size_t)s.p[1])
		return p;
	for (unsigned i = 2; i < 8; i++)
		authority = authority << 8 | s.p[i];
	*p++ = 'S';
	*p++ = '-';
	p = num_u64(p, s.p[0]);
	*p++ = '-';
	p = num_u64(p, authority);
	for (unsigned i = 0; i < s.p[1]; i++) {
		*p++ = '-';
		p = num_u64(p, le_u32(s.p + 8 + 4 * (size_t)i));
	}
	return p;
}

bool
num_parse_u64(struct span s, uint64_t *v)
{
	const bool hex = s.n > 2 && s.p[0] == '0' && (s.p[1] | 0x20) == 'x';
	const int base = hex ? 16 : 10;

	if (hex)
		s = span_skip(s, 2);
	if (s.n == 0 || s.n > (hex ? 16 : NUM_DEC_MAX))
		return false;
	*v = 0;
	for (size_t i = 0; i < s.n; i++) {
		const int d = hex_digit(s.p[i]);
		if (d < 0 || d >= base ||
		    *v > (UINT64_MAX - (unsigned)d) / (unsigned)base)
			return false;
		*v = *v * (unsigned)base + (unsigned)d;
	}
	return true;
}

/* Write v with the fewest significant digits that read back as the same number,
 * at most `most`. The program sets no locale, so the decimal point is '.'. */
static uint8_t *
put_shortest(uint8_t *p, double v, int most, bool single)
{
	char tmp[NUM_FLOAT_MAX];
	int n = 0;

	for (int digits = 1; digits <= most; digits++) {
		n = snprintf(tmp, sizeof(tmp), "%.*g", digits, v);
		if ((single ? (double)strtof(tmp, NULL) : strtod(tmp, NULL)) ==
		    v)
			break;
	}
	/* Remove an exponent: %g writes 100 with one digit as 1e+02. */
	if (strchr(tmp, 'e') != NULL && (v >= 1 || v <= -1) && v < 1e15 &&
	    v > -1e15)
		n = snprintf(tmp, sizeof(tmp), "%.0f", v);
	memcpy(p, tmp, (size_t)n);
	return p + n;
}

uint8_t *
num_f64(uint8_t *p, double v)
{
	return put_shortest(p, v, 17, false);
}

uint8_t *
num_f32(uint8_t *p, float v)
{
	return put_shortest(p, (double)v, 9, true);
}
