/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Divides the lines of a segment into batches within the limits of the sink.
 */
#ifndef LOAD_BATCHER_H
#define LOAD_BATCHER_H

#include "checkpoint/batch.h"
#include "checkpoint/checkpoint.h"
#include "load/preflight.h"
#include "sink/sink.h"
#include "stage/reader.h"

/* The caller sets the first five members. */
struct batcher {
	const struct sink *sink;
	struct preflight *preflight; /* counts rows that fit; may be NULL */
	/* Maximum range of TimeGenerated in a batch, in 100 ns; 0: no limit. */
	uint64_t span;
	/* Called for each batch, in order. A record over the sink's limit is a
	 * batch of its own with status BATCH_REFUSED. */
	enum rc (*add)(void *arg, struct batch *b, struct err *e);
	void *arg;
	struct batch batch; /* batch that is being filled */
	/* Size of the rows in `batch`, without skipped rows between them. */
	uint64_t bytes;
	/* Earliest TimeGenerated in the batch; 0: none yet. */
	uint64_t earliest;
	uint64_t latest;
};

/* Verify a segment and call `add` for its batches, whose member `segment` is
 * `id`. Together the batches cover the segment; rows that the reader skips are
 * in the range of a batch and are not counted. A segment with only such rows
 * has no batch. */
enum rc batcher_scan(struct batcher *b, const struct reader *reader,
    size_t segment, int64_t id, struct err *e);

#endif
