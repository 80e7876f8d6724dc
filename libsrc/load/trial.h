/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is it the records that the receiver refuses, or all that we send?
 *
 * Halving a refused batch down to the record that spoils it is right for a bad
 * record among good ones. Where the columns do not fit the stream, each record
 * is refused, and halving would take two requests a record to find that out.
 * So as long as nothing was ever accepted, a refused batch is cut so that some
 * of its records go alone, and nothing else of it goes out. The trial ends:
 *
 *   - with TRIAL_RECORDS records refused in the same words: the run stops
 *     (WHY_DENIED), and they stay planned, since nothing is known of them;
 *   - with a record that is accepted, or other words: what was refused alone is
 *     refused for good, and refused batches are halved from now on;
 *   - with fewer records than that, all refused: the same.
 */
#ifndef LOAD_TRIAL_H
#define LOAD_TRIAL_H

#include <stdbool.h>

#include "checkpoint/batch.h"
#include "http/answer.h"
#include "sink/response.h"
#include "sink/sink.h"

#define TRIAL_RECORDS 16U

struct remote;

enum trial_stage { TRIAL_IDLE, TRIAL_ON, TRIAL_OVER };

/* A record that was refused alone. */
struct trial_refused {
	struct batch batch;
	long http;
	char words[RESPONSE_MESSAGE_MAX];
	char id[HTTP_ID_MAX];
};

struct trial {
	enum trial_stage stage;
	uint64_t batches; /* left when it began */
	int64_t border; /* id of the last batch that is not a piece; 0: none */
	unsigned cut;   /* records that go alone */
	struct batch queue[TRIAL_RECORDS]; /* of them, not sent yet */
	unsigned queued;
	struct trial_refused refused[TRIAL_RECORDS];
	unsigned n; /* refused */
};

/* Whether a refusal is a matter for the trial; the first such begins it. What
 * is too large (413) is not: halves of it may fit. */
bool trial_on(struct remote *r, long status);

/* All of them were refused: the run is halted. */
bool trial_failed(const struct remote *r);

/* Replace a refused batch by pieces, some of one record. */
enum rc trial_split(struct remote *r, const struct batch *whole, struct err *e);

/* A batch of one record was refused; its attempt is recorded, it is planned.
 * The refusal's texts are copied. */
enum rc trial_refused(struct remote *r, const struct batch *b,
    const struct batch_refusal *why, struct err *e);

/* The next batch of the plan that may go now. RC_END: none is left. RC_SKIP:
 * none may go before an answer is there. */
enum rc trial_next(struct remote *r, struct batch *out, struct err *e);

/* Something was accepted, or there is no more to try. Takes no harm when there
 * is no trial. */
enum rc trial_end(struct remote *r, struct err *e);

/* Write a record down as refused for good. */
enum rc trial_bury(struct remote *r, struct batch *b,
    const struct batch_refusal *why, struct err *e);

#endif
