/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts, before anything is sent, the rows and values that the receiver will
 * change.
 *
 * Some services replace a TimeGenerated outside a window and truncate long
 * values without reporting it. This module changes no row.
 */
#ifndef LOAD_PREFLIGHT_H
#define LOAD_PREFLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "load/load.h"
#include "sink/sink.h"
#include "util/span.h"

struct preflight {
	/* Limits beyond which the target changes values; NULL: it has none. */
	const struct sink_value_limits *rules;
	/* Earliest time that the receiver keeps, as FILETIME. */
	uint64_t oldest;
	uint64_t newest;
	uint64_t hour_ago;
	bool arrival; /* rows get the time of sending (arrival_time.h) */
	struct load_preflight counts;
};

/* Initialize `p`. now: the current time in seconds since 1970. */
void preflight_init(struct preflight *p, const struct sink_value_limits *rules,
    int64_t now, bool arrival);

/* Add the counts of other rows. */
void preflight_add(
    struct load_preflight *to, const struct load_preflight *more);

/* Count a row. time: its TimeGenerated as row_time_read() returns it. */
void preflight_count(struct preflight *p, struct span line, uint64_t time);

#endif
