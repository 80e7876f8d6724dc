/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of numbers as sorted, disjoint ranges. Between two ranges is a gap.
 *
 * If there would be more than `max` ranges, the smaller half of the gaps is
 * forgotten and counted in `joined`: the ranges around them become one range.
 * A number that is added later and lies in a forgotten gap is counted in
 * `again`, although it was not in the set.
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
	struct range *item; /* the ranges in ascending order; owned */
	size_t n;
	size_t cap;
	uint64_t *sizes; /* owned; buffer for sorting the sizes of gaps */
	size_t cap_sizes;
	uint64_t again; /* count of added numbers that were in the set already
			 */
	/* Number of gaps that were forgotten to keep the list short. */
	uint64_t joined;
	uint64_t joined_missing; /* count of numbers in the forgotten gaps */
};

#define RANGES_MIN 8U /* smallest value of `max` in ranges_add() */

/* Count of numbers between *r and the range after it. */
static inline uint64_t
ranges_gap_after(const struct range *r)
{
	return r[1].first - r[0].last - 1;
}

void ranges_free(struct ranges *s);

/* Add all numbers from add->first to add->last, which must be less than
 * UINT64_MAX. The set has at most `max` ranges then. */
enum rc ranges_add(
    struct ranges *s, const struct range *add, size_t max, struct err *e);

/* The number of gaps, and the count of the numbers in them. Both include the
 * forgotten gaps. */
uint64_t ranges_gaps(const struct ranges *s);
uint64_t ranges_missing(const struct ranges *s);

#endif
