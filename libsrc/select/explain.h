/* SPDX-License-Identifier: Apache-2.0 */
/* Explains to a person why a record is or is not selected. */
#ifndef SELECT_EXPLAIN_H
#define SELECT_EXPLAIN_H

#include "select/select.h"

struct explain {
	const struct select *select;
	struct program_channels log; /* of the log that the record lies in */
};

/* Append a few lines about a record: its identifying fields, whether it is
 * selected, which event sets select it, and the answer of each query. */
enum rc explain_tree(struct buf *out, const struct explain *x,
    const struct tree *t, struct err *e);

/* Append the channels of an event set with their ids, and then the same as
 * queries. */
void explain_set(struct buf *out, const struct eventset *set);

#endif
