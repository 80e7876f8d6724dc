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
	const struct sink_rules *rules; /* NULL: it changes nothing */
	uint64_t oldest;                /* times that are kept, FILETIME */
	uint64_t newest;
	struct load_look counts;
};

/* now: seconds since 1970. */
void look_init(struct look *l, const struct sink_rules *rules, int64_t now);

/* TimeGenerated of a line, a whole JSON object, as FILETIME. */
bool look_time(struct span line, uint64_t *time);

/* Count one; time is that of look_time(), 0 for none. */
void look_line(struct look *l, struct span line, uint64_t time);

#endif
