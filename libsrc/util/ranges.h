/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of numbers as ranges, in order and apart from each other: what is
 * missing between them are its gaps.
 *
 * Beyond `max` ranges the smallest gaps are forgotten, half of all at once, and
 * counted in `joined`: numbers that come behind the others are counted exactly
 * still, one that falls into such a gap later is taken for one that came again.
 */
#ifndef UTIL_RANGES_H
#define UTIL_RANGES_H

#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

struct range {
	uint64_t first;
	uint64_t last;
};

struct ranges {
	struct range *item; /* owned */
	size_t n;
	size_t cap;
	uint64_t *sizes; /* owned; of gaps, while some are forgotten */
	size_t cap_sizes;
	uint64_t again;          /* numbers that were there when they came */
	uint64_t joined;         /* gaps that were forgotten, */
	uint64_t joined_missing; /* and the numbers in them */
};

#define RANGES_MIN 8U /* the least maximum */

void ranges_free(struct ranges *s);

/* All numbers from first to last, which is below UINT64_MAX. */
enum rc ranges_add(
    struct ranges *s, const struct range *add, size_t max, struct err *e);

/* Gaps, and the numbers that are missing in them, with those forgotten. */
uint64_t ranges_gaps(const struct ranges *s);
uint64_t ranges_missing(const struct ranges *s);

#endif
