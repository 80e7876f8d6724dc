/* SPDX-License-Identifier: Apache-2.0 */
/* Explains why a record is or is not selected, as text for the user. */
#ifndef SELECT_EXPLAIN_H
#define SELECT_EXPLAIN_H

#include "select/select.h"

struct explain {
	const struct select *select;
	/* Channels of the queries that match the log which contains the record.
	 */
	struct program_channels log;
};

/* Append a few lines about a record: its identifying fields, whether it is
 * selected, which event sets select it, and whether each query matches it. */
enum rc explain_tree(struct buf *out, const struct explain *x,
    const struct tree *t, struct err *e);

/* Append the channels of an event set with their ids, and then the queries that
 * select the same records. */
void explain_set(struct buf *out, const struct eventset *set);

#endif
