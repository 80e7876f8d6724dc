/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carries the requests for a token: by HTTP, or as a command that is run. One
 * is on its way at most, whatever number of batches waits for the token.
 */
#ifndef LOAD_FETCH_H
#define LOAD_FETCH_H

#include <stdbool.h>

#include "auth/auth.h"
#include "auth/command.h"
#include "http/transport.h"

struct fetch {
	struct auth *auth;
	const struct transport *transport;
	struct http *http;
	unsigned timeout_ms;     /* of a command */
	struct command *command; /* runs, or NULL */
	bool asked;              /* a request is on its way */
	bool ready;              /* its answer needs no sending: it is here */
	unsigned tries;          /* since a request last went well */
	int64_t due_ms;          /* not before */
};

/* Kill the command. The rest belongs to the caller. */
void fetch_reset(struct fetch *f);

/* Send the next request, if a token is due, none is on its way and the time
 * has come. Its tag is f->auth. */
enum rc fetch_ask(struct fetch *f, int64_t now_ms, struct err *e);

/* The answer of a request that was not sent by HTTP. False: not yet, or none
 * such. The answer lives until fetch_take(). */
bool fetch_poll(struct fetch *f, struct http_answer *out);

/* Read an answer. As auth_answer(); after RC_RETRY due_ms is to be set. */
enum rc fetch_take(struct fetch *f, const struct http_answer *answer,
    int64_t now_ms, struct err *e);

#endif
