/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CRC-32 of zlib and of .evtx files (polynomial 0xedb88320), eight bytes
 * at a time. `crc_update` continues from an earlier result; begin with 0.
 */
#ifndef MKEVTX_CRC_H
#define MKEVTX_CRC_H

#include <stddef.h>
#include <stdint.h>

struct crc {
	uint32_t t[8][256];
};

void crc_init(struct crc *c);
uint32_t crc_update(
    const struct crc *c, uint32_t crc, const uint8_t *p, size_t n);

#endif
