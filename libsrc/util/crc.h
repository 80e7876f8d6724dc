/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32 as in zlib, Ethernet and EVTX (polynomial 0xedb88320). */
#ifndef UTIL_CRC_H
#define UTIL_CRC_H

#include "util/span.h"

/* Continue a checksum (0 at the start) with s. */
uint32_t crc_add(uint32_t crc, struct span s);

#endif
