/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists the stagings, refusals and attempts of a checkpoint, which may be open
 * for reading only.
 */
#ifndef CHECKPOINT_HISTORY_H
#define CHECKPOINT_HISTORY_H

#include "checkpoint/batch.h"
#include "checkpoint/scope.h"

/* One attempt to send a batch. Unknown strings are "". */
struct batch_attempt {
	const struct batch *batch;
	const char *sha256; /* SHA-256 of the batch's segment */
	/* Number of the attempt among those of its batch, from 1. */
	uint64_t number;
	/* Digest of the collection with which the batch was planned; "" if
	 * without one. */
	const char *collection;
	/* Start of the attempt, such as 2026-01-31T23:59:59.999Z. */
	const char *begun;
	const char *ended;
	struct batch_answer answer;
};

/* A function for each kind of entry; NULL: entries of this kind are skipped.
 * Strings are valid until the function returns. A result other than RC_OK ends
 * the visit. */
struct history_visitor {
	enum rc (*target)(void *arg, const char *name);
	enum rc (*staging)(void *arg, const struct scope_staging *staging);
	/* Refusals are visited in the order of segment and offset. */
	enum rc (*refusal)(void *arg, const struct batch_refusal *r,
	    const char *sha256, struct err *e);
	/* Attempts are visited in the order of time. */
	enum rc (*attempt)(
	    void *arg, const struct batch_attempt *a, struct err *e);
	/* Called for each ambiguous batch. `a` summarizes its attempts: `begun`
	 * is when the first began, `ended` when the last ended, `number` how
	 * many there were. */
	enum rc (*ambiguous)(
	    void *arg, const struct batch_attempt *a, struct err *e);
	void *arg;
};

enum rc history_visit(
    struct checkpoint *c, const struct history_visitor *visitor, struct err *e);

/* Call visit() for each attempt of any run that began less than `seconds` ago,
 * the newest first, with its age and the length of its batch. */
enum rc history_recent_attempts(struct checkpoint *c, unsigned seconds,
    void (*visit)(void *arg, uint64_t age_ms, uint64_t bytes), void *arg,
    struct err *e);

/* The time at which the first attempt of all began, minus an hour because the
 * target's clock may differ: 2026-01-31T22:59:59Z; "" if nothing was sent yet.
 */
enum rc history_first_attempt(
    struct checkpoint *c, char out[32], struct err *e);

#endif
