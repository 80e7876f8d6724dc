/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libevtx (20181227) is known to read or to write wrong.
 *
 * Each fault is a row of one table: its name, what libevtx does, and a
 * predicate that says whether a difference is this fault and nothing else: as
 * a rule it computes what libevtx would have made of the native value and
 * looks whether it is there, byte by byte.
 */
#ifndef EVTX_FAULT_H
#define EVTX_FAULT_H

#include "event/tree.h"

/* Where two trees differ: a node of each, either may be NULL for the end of
 * the list. */
struct fault_place {
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
	bool (*explains)(struct fault_place *p);
};

extern const struct fault fault_table[];
extern const size_t fault_count;

/* Leaves that stand side by side are one text: the node behind them. */
const struct node *fault_run_end(const struct node *leaf);

#endif
