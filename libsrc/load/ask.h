/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request after the other to a service that wants a token: fetches and
 * renews the token, waits as the service asks, and tries again for as long as
 * the target's wait_ms allows. For what needs no window of requests.
 */
#ifndef LOAD_ASK_H
#define LOAD_ASK_H

#include "load/fetch.h"
#include "load/inner.h"

struct ask_options {
	const struct load_run *run; /* its target has the credentials */
	bool query;                 /* the token is for the query API */
	size_t body_max;            /* of an answer; 0: HTTP_BODY_MAX */
	unsigned timeout_ms;        /* of a request */
	const char *prefer;         /* a header line, or NULL */
	struct sink_verdict (*judge)(const struct http_answer *answer);
};

struct ask {
	struct ask_options o;
	const struct transport *transport;
	struct http *http;
	struct auth *auth;
	struct fetch fetch;
	struct buf url; /* to be filled by the caller; ends with a NUL */
	struct buf bearer;
	uint64_t requests;
};

/* Destroy an ask also after a failure. */
enum rc ask_create(struct ask *a, const struct ask_options *o, struct err *e);
void ask_destroy(struct ask *a);

/* Post JSON. RC_OK: acknowledged; the answer lives until the next call.
 * RC_SKIP: the service wants less at once. RC_RETRY: it had no time for us.
 * WHY_DENIED, with the service's words and a hint. */
enum rc ask_post(
    struct ask *a, struct span body, struct http_answer *answer, struct err *e);

/* Do nothing for so long; WHY_STOPPED if the run is to end. */
enum rc ask_wait(struct ask *a, int64_t ms, struct err *e);
int64_t ask_ms(const struct ask *a);

#endif
