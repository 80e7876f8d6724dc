/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a checkpoint has recorded: stagings, refusals, attempts. Works also on a
 * checkpoint that was opened for reading only.
 */
#ifndef CHECKPOINT_HISTORY_H
#define CHECKPOINT_HISTORY_H

#include "checkpoint/batch.h"
#include "checkpoint/scope.h"

/* One attempt to send a batch. A text that is unknown is "". */
struct batch_attempt {
	const struct batch *batch;
	const char *sha256;     /* of its segment */
	uint64_t number;        /* among those of its batch, from 1 */
	const char *collection; /* with which it was planned; or "" */
	const char *begun;      /* 2026-01-31T23:59:59.999Z */
	const char *ended;
	struct batch_answer answer;
};

/* Which entries to visit; a function that is NULL is not called. Texts are
 * valid until it returns. A result other than RC_OK ends the visit. */
struct history_visitor {
	enum rc (*target)(void *arg, const char *name);
	enum rc (*staging)(void *arg, const struct scope_staging *staging);
	/* In the order of segment and offset. */
	enum rc (*refusal)(void *arg, const struct batch_refusal *r,
	    const char *sha256, struct err *e);
	/* In the order of time. */
	enum rc (*attempt)(
	    void *arg, const struct batch_attempt *a, struct err *e);
	/* Each ambiguous batch with all its attempts as one: `begun` is that of
	 * the first, `ended` that of the last, `number` how many there were. */
	enum rc (*ambiguous)(
	    void *arg, const struct batch_attempt *a, struct err *e);
	void *arg;
};

enum rc history_visit(
    struct checkpoint *c, const struct history_visitor *visitor, struct err *e);

/* Call visit() with the attempts of all runs that began within the last
 * seconds, the newest first: their age, and the bytes of their lines. */
enum rc history_recent_attempts(struct checkpoint *c, unsigned seconds,
    void (*visit)(void *arg, uint64_t age_ms, uint64_t bytes), void *arg,
    struct err *e);

/* When the first attempt of all began, less an hour for clocks that differ:
 * 2026-01-31T22:59:59Z, or "" if nothing was sent yet. */
enum rc history_first_attempt(
    struct checkpoint *c, char out[32], struct err *e);

#endif
