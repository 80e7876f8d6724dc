/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts, before anything is sent, what the receiver will change in the rows.
 *
 * Some services replace a TimeGenerated outside a window and truncate long
 * values without reporting it. Nothing here changes a row.
 */
#ifndef LOAD_PREFLIGHT_H
#define LOAD_PREFLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "load/load.h"
#include "sink/sink.h"
#include "util/span.h"

struct preflight {
	const struct sink_value_limits
	    *rules;      /* NULL: the receiver changes nothing */
	uint64_t oldest; /* times that the receiver keeps, as FILETIME */
	uint64_t newest;
	uint64_t hour_ago;
	bool arrival; /* rows get the time of sending (arrival_time.h) */
	struct load_preflight counts;
};

/* now: seconds since 1970. */
void preflight_init(struct preflight *p, const struct sink_value_limits *rules,
    int64_t now, bool arrival);

/* Count a row; time is its TimeGenerated as of row_time_read(). */
void preflight_count(struct preflight *p, struct span line, uint64_t time);

#endif
