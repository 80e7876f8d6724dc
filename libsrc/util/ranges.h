/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of numbers as sorted, disjoint ranges; the numbers between them are its
 * gaps.
 *
 * Beyond `max` ranges the smaller half of the gaps is forgotten and counted in
 * `joined`. Numbers after all ranges are still counted exactly; a number in a
 * forgotten gap counts as one that came again.
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
	uint64_t *sizes; /* owned; sizes of gaps, while forgetting */
	size_t cap_sizes;
	uint64_t again;  /* numbers added that were in the set already */
	uint64_t joined; /* gaps that were forgotten, */
	uint64_t joined_missing; /* and the numbers in them */
};

#define RANGES_MIN 8U /* smallest maximum */

/* Count of numbers between a range and the next. */
static inline uint64_t
ranges_gap_after(const struct range *r)
{
	return r[1].first - r[0].last - 1;
}

void ranges_free(struct ranges *s);

/* Add all numbers from first to last, which is below UINT64_MAX. */
enum rc ranges_add(
    struct ranges *s, const struct range *add, size_t max, struct err *e);

/* The number of gaps, and of the numbers in them, with the forgotten ones. */
uint64_t ranges_gaps(const struct ranges *s);
uint64_t ranges_missing(const struct ranges *s);

#endif
