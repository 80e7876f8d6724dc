/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the times of a staged row in its JSON text, without parsing the row.
 */
#ifndef LOAD_ROW_TIME_H
#define LOAD_ROW_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "util/span.h"

#define ROW_TIME_SECOND UINT64_C(10000000) /* a second in units of FILETIME */
/* Seconds from the epoch of FILETIME (1601) to that of Unix (1970). */
#define ROW_TIME_EPOCH INT64_C(11644473600)

/* Returns the value of TimeGenerated without its quotes; an empty span if the
 * row has none. */
struct span row_time_text(struct span line);

/* Returns the value of TimeGenerated as FILETIME, or 0. */
uint64_t row_time_read(struct span line);

/* True if the row has a TimeCreated_CF, which keeps the time of the event when
 * TimeGenerated is replaced. */
bool row_time_is_kept(struct span line);

#endif
