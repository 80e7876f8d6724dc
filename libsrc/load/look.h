/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking at records before they are sent: what will their receiver change?
 *
 * Some services store another time than the one they are given, or a part of
 * a long text, and say nothing. Only counting beforehand tells. Nothing here
 * changes a record.
 */
#ifndef LOAD_LOOK_H
#define LOAD_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "load/load.h"
#include "sink/sink.h"
#include "util/span.h"

struct look {
	const struct sink_value_limits *rules; /* NULL: it changes nothing */
	uint64_t oldest; /* times that are kept, FILETIME */
	uint64_t newest;
	uint64_t hour_ago;
	bool stamps; /* rows get the time of sending: load/stamp.h */
	struct load_look counts;
};

/* now: seconds since 1970. Clears stamps. */
void look_init(
    struct look *l, const struct sink_value_limits *rules, int64_t now);

/* TimeGenerated of a line, a whole JSON object, as FILETIME. */
bool look_time(struct span line, uint64_t *time);

/* The text of it without its quotes, or an empty span. */
struct span look_generated(struct span line);

/* Whether the line has a TimeCreated_CF. */
bool look_tells(struct span line);

/* Count one; time is that of look_time(), 0 for none. */
void look_line(struct look *l, struct span line, uint64_t time);

#endif
