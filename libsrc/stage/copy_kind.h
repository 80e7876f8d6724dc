/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds out from the record headers how the copy of a log was made. An export
 * numbers the record headers anew and gives each the time of the next event; a
 * raw copy does not. A collector also numbers the events that other computers
 * forward to it; there, records of several computers alternate.
 */
#ifndef STAGE_COPY_KIND_H
#define STAGE_COPY_KIND_H

#include <stdint.h>

struct copy_kind {
	uint64_t records; /* records with an EventRecordID */
	/* Number of `records` with another id in the record header. */
	uint64_t ids_differ;
	uint64_t pairs;       /* pairs of successive records with times */
	uint64_t times_shift; /* pairs in which the header of the first record
				 has the time of the second event */
	/* Records from another log than the record before them. */
	uint64_t turns;
};

void copy_kind_add(struct copy_kind *to, const struct copy_kind *from);

/* "exported", "exported or forwarded", "raw", or NULL if no record has an
 * EventRecordID. */
const char *copy_kind_name(const struct copy_kind *c);

#endif
