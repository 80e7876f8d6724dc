/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparing two readings of one record: the native tree and libevtx's.
 *
 * Values are compared by what they mean (event/canonical.h), attributes
 * without regard to their order. Nothing, null and an empty text are the same,
 * for XML cannot tell them apart; so are blanks between elements. What libevtx
 * is known to do wrong (evtx/fault.h) is no difference, but is remembered.
 */
#ifndef EVTX_COMPARE_H
#define EVTX_COMPARE_H

#include "event/tree.h"
#include "evtx/fault.h"

#define COMPARE_READING_MAX 400U /* bytes of a reading that are shown */

struct compare {
	/* Of the first difference: where it is, and what each of them reads
	 * there, as XML without its escapes; a long one is cut. */
	struct buf path;
	struct buf native;
	struct buf foreign;

	/* Known faults that were seen: bit i is fault_table[i]. */
	uint32_t faults;

	/* Its own. */
	struct buf here;
	struct buf a;
	struct buf b;
	bool differs;
};

void compare_init(struct compare *c);
void compare_free(struct compare *c);

/* Whether the two mean the same. The result is valid until the next call. */
bool compare_trees(
    struct compare *c, const struct tree *native, const struct tree *foreign);

#endif
