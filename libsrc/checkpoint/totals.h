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
	struct totals_count all; /* all batches except split ones */
	struct totals_count acked;
	struct totals_count left; /* planned or sent batches */
	struct totals_count ambiguous;
	struct totals_count doubtful; /* ambiguous batches that are left */
	struct totals_count refused;  /* batches refused as a whole */
	uint64_t split;               /* number of split batches */
	uint64_t attempts;            /* number of attempts */
	uint64_t already;             /* records that the target had before */
	/* Records with the key of another record of their staging, and records
	 * that were sent again after an answer was lost. */
	uint64_t repeated;
	uint64_t conflicts;       /* records whose row differs, see batch.h */
	uint64_t refused_records; /* records refused for good */
	/* Records in no batch, because a collection's skip list has them. */
	uint64_t skipped;
};

/* The totals of this run's segments, or of the whole checkpoint if the run has
 * no segments. */
enum rc totals_read(struct checkpoint *c, struct totals *out, struct err *e);

#endif
