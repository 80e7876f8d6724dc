/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the copy of a log was made, as its record headers show. An export numbers
 * the record headers anew and gives each the time of the next event; a raw copy
 * does not. A collector also numbers the events that other computers forward to
 * it, and those of several computers alternate.
 */
#ifndef STAGE_COPY_KIND_H
#define STAGE_COPY_KIND_H

#include <stdint.h>

struct copy_kind {
	uint64_t records;     /* with an EventRecordID */
	uint64_t ids_differ;  /* of them: the record header has another id */
	uint64_t pairs;       /* records after another one, both with times */
	uint64_t times_shift; /* of them: the header before has this time */
	uint64_t turns; /* records of another log than the record before */
};

void copy_kind_add(struct copy_kind *to, const struct copy_kind *from);

/* "exported", "exported or forwarded", "raw", or NULL if no record has an
 * EventRecordID. */
const char *copy_kind_name(const struct copy_kind *c);

#endif
