/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends a batch to a remote target: makes its body, records the attempt, sends
 * the request, and acts on the answer.
 *
 * What happens to a batch is written to the checkpoint in the session's
 * transaction. The caller commits it before the next request is sent.
 */
#ifndef LOAD_ATTEMPT_H
#define LOAD_ATTEMPT_H

#include "auth/auth.h"
#include "load/trial.h"

/* The state that all attempts of an upload share. */
struct attempts {
	struct session *session;
	const struct transport *transport;
	struct http *http;
	struct auth *auth;
	struct compress *compress;
	struct window window;
	struct health health;
	struct trial trial;
	struct buf url;
	struct buf bearer; /* the line "Authorization: Bearer TOKEN" */
	struct buf lines;  /* lines of a batch that is split */
	bool exhausted;    /* the plan has no further batch */
	/* A new token was refused while other requests that carry it are open:
	 * nothing is sent until one of them shows whether it works. */
	bool token_in_doubt;
};

/* Start to make the body of the batch in a slot. */
void attempt_prepare(struct attempts *a, struct window_slot *slot);

/* Record in the checkpoint that the batch is sent. */
enum rc attempt_record_start(
    struct attempts *a, struct window_slot *slot, struct err *e);

/* Send the request. The attempt must be recorded and committed. */
enum rc attempt_send(
    struct attempts *a, struct window_slot *slot, struct err *e);

/* Act on the answer: the batch is acknowledged, planned again, split or
 * refused. */
enum rc attempt_record_outcome(struct attempts *a, struct window_slot *slot,
    const struct http_answer *answer, struct err *e);

#endif
