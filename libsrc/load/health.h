/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a remote target has answered so far: whether it works, how long to wait
 * before the next request, and why the last one failed.
 */
#ifndef LOAD_HEALTH_H
#define LOAD_HEALTH_H

#include "http/http.h"
#include "load/session.h"

struct health {
	const struct session *session;
	int64_t pause_ms;   /* no request before this time */
	int64_t success_ms; /* time of the last success */
	unsigned pauses;    /* since the last success */
	bool failing;       /* there was a failure since the last success */
	bool halted;        /* the target refuses us; `why` has the reason */
	struct err why;     /* the last failure */
};

/* Start, and wait as long as the target asked an earlier run to. */
enum rc health_init(struct health *h, const struct session *s, struct err *e);

void health_succeeded(struct health *h);

/* Until this time 403 and 404 are retried: a role or a rule that was just made
 * takes a while to work. */
int64_t health_settle_ms(const struct health *h);

/* The wait after failure n: what the server asks for, else a back-off. */
int64_t health_retry_ms(
    const struct health *h, const struct http_answer *answer, unsigned n);

/* The wait after an answer that concerns all requests. It grows with the
 * failures in a row, of which those that were open together count as one. */
int64_t health_pause_ms(struct health *h, const struct http_answer *answer);

/* Send nothing for this time. If the server asked for it, that is stored, so
 * that the next run waits, too. */
enum rc health_pause(struct health *h, int64_t ms, bool asked, struct err *e);

#endif
