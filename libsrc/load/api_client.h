/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends one request after the other to a service that needs a token. Fetches
 * and renews the token, waits as long as the service asks, and retries for at
 * most wait_ms. In the target's role_wait_ms after the creation of the client,
 * 403 and 404 are retried, too.
 */
#ifndef LOAD_API_CLIENT_H
#define LOAD_API_CLIENT_H

#include "load/load.h"
#include "load/token_fetch.h"
#include "sink/response.h"
#include "sink/sink.h"

struct api_client_options {
	/* The run, whose target has the credentials. */
	const struct load_run *run;
	bool query; /* get a token for the query API */
	/* Maximum size of an answer in bytes; 0: HTTP_BODY_MAX. */
	size_t body_max;
	unsigned timeout_ms; /* timeout of a request in ms */
	/* Time in ms for which a request is retried; 0: do not retry. */
	unsigned wait_ms;
	/* Additional header line of each request; NULL: none is added. */
	const char *prefer;
	struct sink_verdict (*judge)(const struct http_answer *answer);
};

struct api_client {
	struct api_client_options o;
	const struct transport *transport;
	struct http *http;
	struct auth *auth;
	struct token_fetch fetch;
	/* URL of the next request, set by the caller; ends with a NUL. */
	struct buf url;
	struct buf bearer;
	uint64_t requests; /* number of requests, without those for tokens */
	int64_t role_ms;   /* until this time 403 and 404 are retried */
	/* Members about the last answer: */
	long status; /* status of the answer; 0: no answer */
	/* Error text of the service, or why there is no answer. */
	char words[RESPONSE_MESSAGE_MAX];
	/* Verdict on the answer; not set by the answer to a token request. */
	struct sink_verdict verdict;
};

/* The retries of one action; from api_client_begin_retries(). */
struct api_client_retries {
	int64_t end_ms; /* time after which there is no retry */
	unsigned tries;
};

/* Create a client. It must be destroyed also after a failure. */
enum rc api_client_create(
    struct api_client *c, const struct api_client_options *o, struct err *e);
void api_client_destroy(struct api_client *c);

/* Get a token unless there is a valid one. RC_RETRY if there is none before
 * r->end_ms. */
enum rc api_client_get_token(
    struct api_client *c, struct api_client_retries *r, struct err *e);

/* Post JSON once with the token, and wait for the answer. The answer is valid
 * until the next call. */
enum rc api_client_send(struct api_client *c, struct span body,
    struct http_answer *answer, struct err *e);

/* Get a token, post JSON, and retry. RC_OK: the request was accepted; the
 * answer is valid until the next call. RC_SKIP: the service wants a smaller
 * request. RC_RETRY: the time for retries is over. WHY_DENIED: the service
 * refuses; e has its text and a hint. */
enum rc api_client_post(struct api_client *c, struct span body,
    struct http_answer *answer, struct err *e);

/* Wait before a retry: for the time that the service asked for, or, if it asked
 * for none (0), for a time that grows with each retry. `why` has the failure;
 * it is returned as RC_RETRY when the time for retries is over. */
struct api_client_retries api_client_begin_retries(const struct api_client *c);
enum rc api_client_retry(struct api_client *c, struct api_client_retries *r,
    int64_t asked_ms, struct err *why);

/* Sleep for `ms` milliseconds. WHY_STOPPED if the run is interrupted. */
enum rc api_client_sleep(struct api_client *c, int64_t ms, struct err *e);

/* Returns the time of the run's clock, as session_ms() does. */
int64_t api_client_ms(const struct api_client *c);

#endif
