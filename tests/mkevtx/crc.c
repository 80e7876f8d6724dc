/* SPDX-License-Identifier: Apache-2.0 */
#include "crc.h"

void
crc_init(struct crc *c)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t v = i;

		for (int k = 0; k < 8; k++)
			v = (v >> 1) ^ ((v & 1) != 0 ? 0xedb88320U : 0);
		c->t[0][i] = v;
	}
	for (size_t k = 1; k < 8; k++)
		for (size_t i = 0; i < 256; i++)
			c->t[k][i] = (c->t[k - 1][i] >> 8) ^
				     c->t[0][c->t[k - 1][i] & 0xff];
}

static uint32_t
eight(const struct crc *c, uint32_t v, const uint8_t *p)
{
	const uint32_t lo =
	    v ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
		    (uint32_t)p[3] << 24);

	return c->t[7][lo & 0xff] ^ c->t[6][(lo >> 8) & 0xff] ^
	       c->t[5][(lo >> 16) & 0xff] ^ c->t[4][lo >> 24] ^ c->t[3][p[4]] ^
	       c->t[2][p[5]] ^ c->t[1][p[6]] ^ c->t[0][p[7]];
}

uint32_t
crc_update(const struct crc *c, uint32_t crc, const uint8_t *p, size_t n)
{
	uint32_t v = ~crc;

	for (; n >= 8; n -= 8, p += 8)
		v = eight(c, v, p);
	for (; n > 0; n--, p++)
		v = (v >> 8) ^ c->t[0][(v ^ *p) & 0xff];
	return ~v;
}
