/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long to wait before a request is sent again: what the server asks for,
 * and our own back-off.
 */
#ifndef HTTP_RETRY_H
#define HTTP_RETRY_H

#include <stdint.h>

#include "util/span.h"

/* The longest wait in milliseconds; longer ones are shortened to it. */
#define RETRY_MAX_MS (INT64_C(366) * 24 * 3600 * 1000)

/* The value of Retry-After, seconds or an HTTP date, in milliseconds from `now`
 * (seconds since 1970). The result is never too short. HTTP_NO_WAIT if the
 * value is neither. */
int64_t retry_parse_after(struct span value, int64_t now);

/* The value of retry-after-ms or x-ms-retry-after-ms, in milliseconds;
 * HTTP_NO_WAIT if it is not a number. */
int64_t retry_parse_after_ms(struct span value);

/* An HTTP date (IMF-fixdate) as seconds since 1970, or -1. */
int64_t retry_parse_date(struct span text);

/* The wait before the next attempt after n failed ones (from 1): doubles from
 * first_ms up to a minute. Its upper half is random, so that many clients do
 * not come back at the same time. */
int64_t retry_backoff_ms(unsigned n, int64_t first_ms);

#endif
