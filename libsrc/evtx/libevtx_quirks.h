/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libevtx (20181227) is known to read or to write wrong.
 *
 * Each fault is a row of one table: its name, what libevtx does, and a
 * predicate that says whether a difference is this fault and nothing else: as
 * a rule it computes what libevtx would have made of the native value and
 * looks whether it is there, byte by byte.
 */
#ifndef EVTX_LIBEVTX_QUIRKS_H
#define EVTX_LIBEVTX_QUIRKS_H

#include "event/tree.h"

/* Where two trees differ: a node of each, either may be NULL for the end of
 * the list. */
struct libevtx_quirk_place {
	const struct node *parent; /* whose content this is, in the native tree;
				    * NULL for the list of the root */
	const struct node *native;
	const struct node *foreign;
	const struct value *values; /* of the native tree */
	struct buf *want;           /* scratch */
	struct buf *got;
};

struct fault {
	const char *name;
	const char *does;

	/* If this explains the difference, move the place behind it. */
	bool (*explains)(struct libevtx_quirk_place *p);
};

extern const struct fault libevtx_quirks[];
extern const size_t libevtx_quirks_count;

/* Leaves that stand side by side are one text: the node behind them. */
const struct node *tree_text_end(const struct node *leaf);

#endif
