/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When to try again: what a server asks for, and what we choose ourselves.
 */
#ifndef HTTP_RETRY_H
#define HTTP_RETRY_H

#include <stdint.h>

#include "util/span.h"

/* The largest wait that is understood; larger numbers become this. */
#define RETRY_MAX_MS (INT64_C(366) * 24 * 3600 * 1000)

/* The value of Retry-After: seconds, or an HTTP date seen at `now` (seconds
 * since 1970). Milliseconds, never early; HTTP_NO_WAIT if it is neither. */
int64_t retry_parse_after(struct span value, int64_t now);

/* The value of retry-after-ms and x-ms-retry-after-ms. */
int64_t retry_parse_after_ms(struct span value);

/* An HTTP date (IMF-fixdate) as seconds since 1970, or -1. */
int64_t retry_parse_date(struct span text);

/* The wait before attempt n + 1 when n failed (from 1): doubling from
 * first_ms, at most a minute, spread at random over its upper half so that
 * many clients do not come back at once. */
int64_t retry_backoff_ms(unsigned n, int64_t first_ms);

#endif
