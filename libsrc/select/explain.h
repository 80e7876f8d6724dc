/* SPDX-License-Identifier: Apache-2.0 */
/* Why a record is or is not selected, in words for a person. */
#ifndef SELECT_EXPLAIN_H
#define SELECT_EXPLAIN_H

#include "select/select.h"

struct explain {
	const struct select *select;
	struct program_channels log; /* that the records lie in */
};

/* Append some lines about a record: what it is, the verdict, the event sets
 * that take it, and what each query says. */
enum rc explain_tree(struct buf *out, const struct explain *x,
    const struct tree *t, struct err *e);

/* Append what an event set takes: its channels with their ids, and the same as
 * queries. */
void explain_set(struct buf *out, const struct eventset *set);

#endif
