/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Windows times: a FILETIME is the number of 100 ns intervals since 1601, UTC
 * (MS-DTYP 2.3.3).
 */
#ifndef UTIL_FILETIME_H
#define UTIL_FILETIME_H

#include <stdbool.h>
#include <stdint.h>

#include "util/span.h"

/* Length of the longest text, 60056-05-28T05:36:10.9551615Z. */
#define FILETIME_MAX 29

/* Write a FILETIME in the form 2013-10-23T16:22:39.9735000Z, at most
 * FILETIME_MAX bytes; years after 9999 have five digits. Returns the address
 * after the last byte. */
uint8_t *filetime_put(uint8_t *p, uint64_t filetime);

/* Convert a SYSTEMTIME of 16 bytes (MS-DTYP 2.3.13). False if s is shorter or a
 * field is out of range. */
bool filetime_of_systemtime(struct span s, uint64_t *filetime);

/* Parse a time in ISO 8601: 2024-01-02, 2024-01-02T03:04, 2024-01-02T03:04:05
 * or 2024-01-02T03:04:05.1234567, followed by Z, an offset, or nothing (UTC).
 * Further digits of the fraction are ignored. */
bool filetime_parse(struct span s, uint64_t *filetime);

#endif
