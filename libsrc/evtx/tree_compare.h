/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparing two readings of one record: the native tree and libevtx's.
 *
 * Values are compared by what they mean (event/canonical.h), attributes
 * without regard to their order. Nothing, null and an empty text are the same,
 * for XML cannot tell them apart; so are blanks between elements. What libevtx
 * is known to do wrong (evtx/libevtx_quirks.h) is no difference, but is
 * remembered.
 */
#ifndef EVTX_TREE_COMPARE_H
#define EVTX_TREE_COMPARE_H

#include "event/tree.h"
#include "evtx/libevtx_quirks.h"

#define TREE_COMPARE_READING_MAX 400U /* bytes of a reading that are shown */

struct tree_compare {
	/* Of the first difference: where it is, and what each of them reads
	 * there, as XML without its escapes; a long one is cut. */
	struct buf path;
	struct buf native;
	struct buf foreign;

	/* Known faults that were seen: bit i is libevtx_quirks[i]. */
	uint32_t faults;

	/* Its own. */
	struct buf here;
	struct buf a;
	struct buf b;
	bool differs;
};

void tree_compare_init(struct tree_compare *c);
void tree_compare_free(struct tree_compare *c);

/* Whether the two mean the same. The result is valid until the next call. */
bool tree_compare_equal(struct tree_compare *c, const struct tree *native,
    const struct tree *foreign);

#endif
