/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides whether the target refuses some records or all that is sent to it,
 * and which batch is sent next.
 *
 * A refused batch is usually halved until the bad record is found. If the
 * columns do not fit the stream, every record is refused, and halving would
 * take two requests a record to find that out. So while nothing has ever been
 * accepted, refused batches are split differently: some of their records are
 * sent as batches of one, and nothing else of those batches is sent. This
 * trial ends
 *
 *   - when TRIAL_RECORDS records were refused with the same text: the run stops
 *     (WHY_DENIED), and the records stay planned;
 *   - when a record is accepted or refused with another text: the records that
 *     were refused so far are refused permanently; from then on refused
 *     batches are halved;
 *   - when fewer records than that exist and all were refused: likewise.
 */
#ifndef LOAD_TRIAL_H
#define LOAD_TRIAL_H

#include <stdbool.h>

#include "checkpoint/batch.h"
#include "load/health.h"
#include "load/window.h"
#include "sink/response.h"

#define TRIAL_RECORDS 16U

enum trial_stage { TRIAL_NOT_BEGUN, TRIAL_RUNNING, TRIAL_OVER };

/* A record that was refused in a batch of its own. */
struct trial_refused {
	struct batch batch;
	uint64_t offset; /* offset of the record in its segment */
	uint64_t length;
	long http;
	char text[RESPONSE_MESSAGE_MAX];
	char request_id[HTTP_ID_MAX];
};

struct trial {
	struct session *session;
	struct health *health;
	const struct window *window;
	int64_t after; /* id of the last batch that was taken from the plan */
	enum trial_stage stage;
	uint64_t batches; /* number of batches left when the trial began */
	/* Id of the last batch that was not made by trial_split(); 0: none. */
	int64_t last_whole;
	unsigned chosen; /* number of records to be sent alone */
	/* Chosen records that were not sent yet. */
	struct batch queue[TRIAL_RECORDS];
	unsigned queued;
	struct trial_refused refused[TRIAL_RECORDS];
	unsigned n; /* number of elements in `refused` */
};

void trial_init(struct trial *t, struct session *s, struct health *h,
    const struct window *w);

/* True if a refusal belongs to the trial, which the first one begins. Status
 * 413 does not: halves of a batch that is too large may be accepted. */
bool trial_includes(struct trial *t, long status);

/* True if all records of the trial were refused: the run is halted. */
bool trial_has_failed(const struct trial *t);

/* True if enough records for the trial were chosen to be sent alone. */
bool trial_has_enough(const struct trial *t);

/* Replace a refused batch, whose lines are given, by smaller ones, some of them
 * of one record. */
enum rc trial_split(struct trial *t, const struct batch *whole,
    struct span lines, struct err *e);

/* Record that a batch of one record was refused. The batch stays planned until
 * the trial ends. Texts are copied. */
enum rc trial_add_refused(struct trial *t, const struct batch *b,
    const struct batch_refusal *why, struct err *e);

/* Get the next batch of the plan to send. RC_END: none is left. RC_SKIP: none
 * may be sent before an answer arrives. */
enum rc trial_next(struct trial *t, struct batch *out, struct err *e);

/* End the trial, if it is running: a record was accepted, or nothing is left to
 * try. */
enum rc trial_end(struct trial *t, struct err *e);

/* Record that a batch is refused permanently. */
enum rc trial_refuse_for_good(struct trial *t, struct batch *b,
    const struct batch_refusal *why, struct err *e);

#endif
