/* SPDX-License-Identifier: Apache-2.0 */
/* The CRC-32 that zlib, Ethernet and EVTX use (polynomial 0xedb88320). */
#ifndef UTIL_CRC_H
#define UTIL_CRC_H

#include "util/span.h"

/* Add s to a checksum, which is 0 at the start, and return the new one. */
uint32_t crc_add(uint32_t crc, struct span s);

#endif
