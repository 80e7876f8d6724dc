/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps how a remote target has answered: whether it works, how long to wait
 * before the next request, and why the last one failed.
 */
#ifndef LOAD_HEALTH_H
#define LOAD_HEALTH_H

#include "http/http.h"
#include "load/session.h"

struct health {
	const struct session *session;
	int64_t pause_ms;   /* time before which no request is sent */
	int64_t success_ms; /* time of the last success */
	unsigned pauses;    /* number of pauses since the last success */
	bool failing;       /* there was a failure since the last success */
	bool halted; /* the target refuses all requests; `why` has the reason */
	struct err why; /* reason of the last failure */
};

/* Initialize. If the target asked an earlier run to wait longer, no request is
 * sent before that time is over. */
enum rc health_init(struct health *h, const struct session *s, struct err *e);

void health_succeeded(struct health *h);

/* Returns the time until which 403 and 404 are retried: a new role or rule
 * takes effect only after a while. */
int64_t health_settle_ms(const struct health *h);

/* Returns the wait after failure n: what the server asks for, or else a time
 * that grows with n. */
int64_t health_retry_ms(
    const struct health *h, const struct http_answer *answer, unsigned n);

/* Returns the wait after an answer that concerns all requests. It grows with
 * the number of failures in a row; failures of requests that were open at the
 * same time count as one. */
int64_t health_pause_ms(struct health *h, const struct http_answer *answer);

/* Send no request for this time. If the server asked for the pause, it is
 * stored in the checkpoint, so that the next run waits, too. */
enum rc health_pause(struct health *h, int64_t ms, bool asked, struct err *e);

#endif
