/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times of Windows: a FILETIME counts 100 ns since 1601 in UTC (MS-DTYP 2.3.3).
 */
#ifndef UTIL_FILETIME_H
#define UTIL_FILETIME_H

#include <stdbool.h>
#include <stdint.h>

#include "util/span.h"

#define FILETIME_MAX 29 /* 60056-05-28T05:36:10.9551615Z */

/* Write a FILETIME as 2013-10-23T16:22:39.9735000Z, at most FILETIME_MAX bytes;
 * years after 9999 have five digits. Returns the address after the last byte.
 */
uint8_t *filetime_put(uint8_t *p, uint64_t filetime);

/* The FILETIME of a SYSTEMTIME, which has 16 bytes (MS-DTYP 2.3.13); false if a
 * field is out of range. */
bool filetime_of_systemtime(struct span s, uint64_t *filetime);

/* Parse ISO 8601: 2024-01-02, 2024-01-02T03:04, ...:05, ...:05.1234567, with Z,
 * an offset, or nothing (UTC). Digits after the seventh are ignored. */
bool filetime_parse(struct span s, uint64_t *filetime);

#endif
