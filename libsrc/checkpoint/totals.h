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
	struct totals_count all; /* counts of all batches except split ones */
	struct totals_count acked;
	/* Counts of the batches still to be loaded: planned or sent. */
	struct totals_count left;
	struct totals_count ambiguous;
	/* Counts of the ambiguous batches that are still to be loaded. */
	struct totals_count doubtful;
	/* Counts of the batches that were refused as a whole. */
	struct totals_count refused;
	uint64_t split;    /* number of split batches */
	uint64_t attempts; /* number of attempts to send a batch */
	/* Number of records that were already in the target. */
	uint64_t already;
	/* Records with the key of another record of their staging, and records
	 * that were sent again after an answer was lost. */
	uint64_t repeated;
	/* Number of records whose row differs from the stored row, see batch.h.
	 */
	uint64_t conflicts;
	/* Number of records that were refused permanently. */
	uint64_t refused_records;
	/* Number of records that are in no batch, because the skip list of a
	 * collection has them. */
	uint64_t skipped;
};

enum totals_of {
	TOTALS_OF_RUN, /* the segments of this run, see scope.h */
	TOTALS_OF_CHECKPOINT,
};

enum rc totals_read(
    struct checkpoint *c, enum totals_of of, struct totals *out, struct err *e);

#endif
