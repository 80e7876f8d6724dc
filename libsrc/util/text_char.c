/* SPDX-License-Identifier: Apache-2.0 */
#include "util/text_char.h"

/* The Unicode characters of the bytes 0x80 to 0x9f in windows-1252
 * (unicode.org, CP1252.TXT); 0: undefined. */
static const uint16_t ansi_high[32] = {
	0x20ac,
	0,
	0x201a,
	0x0192,
	0x201e,
	0x2026,
	0x2020,
	0x2021,
	0x02c6,
	0x2030,
	0x0160,
	0x2039,
	0x0152,
	0,
	0x017d,
	0,
	0,
	0x2018,
	0x2019,
	0x201c,
	0x201d,
	0x2022,
	0x2013,
	0x2014,
	0x02dc,
	0x2122,
	0x0161,
	0x203a,
	0x0153,
	0,
	0x017e,
	0x0178,
};

#define AS(c) [c] = (c)
#define AS4(c) AS(c), AS((c) + 1), AS((c) + 2), AS((c) + 3)
#define AS16(c) AS4(c), AS4((c) + 4), AS4((c) + 8), AS4((c) + 12)
#define HEX(c) [c] = TEXT_HEX
#define HEX4(c) HEX(c), HEX((c) + 1), HEX((c) + 2), HEX((c) + 3)
#define LETTER(c, letter) [c] = (TEXT_ESCAPED + (letter))

const uint16_t text_char_ascii[128] = {
	HEX4(0x00),
	HEX4(0x04),
	LETTER(0x08, 'b'),
	LETTER(0x09, 't'),
	LETTER(0x0a, 'n'),
	HEX(0x0b),
	LETTER(0x0c, 'f'),
	LETTER(0x0d, 'r'),
	HEX(0x0e),
	HEX(0x0f),
	HEX4(0x10),
	HEX4(0x14),
	HEX4(0x18),
	HEX4(0x1c),
	AS(0x20),
	AS(0x21),
	LETTER(0x22, '"'),
	AS(0x23),
	AS4(0x24),
	AS4(0x28),
	AS4(0x2c),
	AS16(0x30),
	AS16(0x40),
	AS4(0x50),
	AS4(0x54),
	AS4(0x58),
	LETTER(0x5c, '\\'),
	AS(0x5d),
	AS(0x5e),
	AS(0x5f),
	AS16(0x60),
	AS16(0x70),
};

uint8_t *
text_char_put_hex(uint8_t *w, uint32_t c)
{
	static const char digits[] = "0123456789abcdef";

	w[0] = '\\';
	w[1] = 'u';
	w[2] = '0';
	w[3] = '0';
	w[4] = (uint8_t)digits[c >> 4];
	w[5] = (uint8_t)digits[c & 15];
	return w + 6;
}

uint32_t
text_char_next_utf8(const uint8_t **pp, const uint8_t *end)
{
	/* The lowest valid code point, by the number of bytes after the first.
	 */
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	const uint8_t lead = *(*pp)++;

	if (lead < 0x80)
		return lead;
	const size_t tail = lead >= 0xc2 && lead <= 0xdf   ? 1
			    : lead >= 0xe0 && lead <= 0xef ? 2
			    : lead >= 0xf0 && lead <= 0xf4 ? 3
							   : 0;
	if (tail == 0 || (size_t)(end - *pp) < tail)
		return TEXT_REPLACEMENT;
	uint32_t c = lead & (0x3fU >> tail);
	for (size_t i = 0; i < tail; i++) {
		if (((*pp)[i] & 0xc0) != 0x80)
			return TEXT_REPLACEMENT;
		c = c << 6 | ((*pp)[i] & 0x3f);
	}
	if (c < least[tail] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return TEXT_REPLACEMENT;
	*pp += tail;
	return c;
}

uint32_t
text_char_next_ansi(const uint8_t **pp, const uint8_t *end)
{
	const uint8_t c = *(*pp)++;

	(void)end;
	if (c < 0x80 || c > 0x9f)
		return c;
	const uint32_t high = ansi_high[c - 0x80];
	return high != 0 ? high : TEXT_REPLACEMENT;
}
