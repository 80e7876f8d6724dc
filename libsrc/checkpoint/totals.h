/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums over the batches of a checkpoint.
 */
#ifndef CHECKPOINT_TOTALS_H
#define CHECKPOINT_TOTALS_H

#include <stdint.h>

#include "util/err.h"

struct checkpoint;

struct totals_count {
	uint64_t batches;
	uint64_t records;
	uint64_t bytes;
};

struct totals {
	struct totals_count all; /* but split batches */
	struct totals_count acked;
	struct totals_count left; /* planned or sent */
	struct totals_count ambiguous;
	struct totals_count doubtful; /* ambiguous and not acknowledged yet */
	struct totals_count refused;  /* whole batches */
	uint64_t split;               /* batches */
	uint64_t attempts;
	/* Records: */
	uint64_t already;
	uint64_t repeated; /* same key as another of the run, or sent twice */
	uint64_t conflicts;
	uint64_t refused_records;
	uint64_t skipped; /* by the skip lists of a collection; in no batch */
};

/* The totals of this run's segments; of the whole checkpoint if the run has
 * none. */
enum rc totals_read(struct checkpoint *c, struct totals *out, struct err *e);

#endif
