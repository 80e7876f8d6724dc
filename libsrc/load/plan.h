/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan command: the batches that load_push() would send, and how long the
 * limits make that take.
 */
#ifndef LOAD_PLAN_H
#define LOAD_PLAN_H

#include "load/load.h"

struct load_batch {
	/* File name of the segment, as segments/000001.ndjson. */
	const char *segment;
	const char *sha256; /* digest of the segment */
	uint64_t offset;
	uint64_t length;
	uint64_t records;
	const char *key; /* key of the batch, in hex */
	bool ambiguous;  /* the batch was sent, and no answer is recorded */
};

struct load_plan {
	struct load_count all;
	struct load_count left; /* counts of the batches still to be sent */
	/* Counts of the records over the target's size limit. */
	struct load_count too_large;
	uint64_t skipped; /* duplicates in the collection; also in `all` */
	struct load_preflight preflight;
	uint64_t largest;   /* size of the largest batch in bytes */
	uint64_t least_ms;  /* shortest time under the known rate limits */
	uint64_t max_bytes; /* maximum size of a batch in bytes */
	bool limited;       /* the target has rate limits */
	/* Called for each batch to be sent, in order; may be NULL. */
	enum rc (*each)(void *arg, const struct load_batch *b, struct err *e);
	void *arg;
};

/* Plan as if nothing had been sent. Verifies the segments; neither sends nor
 * stores anything. The caller sets `each` and `arg` and clears the rest. */
enum rc load_plan(
    const struct load_run *run, struct load_plan *plan, struct err *e);

/* Plan from the checkpoint and commit the batches to it: a later push sends
 * exactly these batches. */
enum rc load_plan_keep(
    const struct load_run *run, struct load_plan *plan, struct err *e);

#endif
