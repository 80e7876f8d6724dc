/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carries out the steps that auth/ requires for a token: sends its HTTP
 * requests and runs its commands. At most one step runs at a time, however many
 * batches wait for the token.
 */
#ifndef LOAD_TOKEN_FETCH_H
#define LOAD_TOKEN_FETCH_H

#include <stdbool.h>

#include "auth/auth.h"
#include "auth/command.h"
#include "http/transport.h"

struct token_fetch {
	struct auth *auth;
	const struct transport *transport;
	struct http *http;
	unsigned timeout_ms;     /* timeout of a command in ms */
	struct command *command; /* running command; NULL: no command runs */
	bool pending;            /* a step was started and has no answer yet */
	bool local;     /* the step sends no request; its answer is empty */
	unsigned tries; /* number of steps since the last success */
	int64_t due_ms; /* time before which no step is started */
};

/* Kill a running command. Everything else belongs to the caller. */
void token_fetch_reset(struct token_fetch *f);

/* Start the next step if a token is needed, no step is pending and due_ms has
 * passed. The tag of its HTTP request is f->auth. */
enum rc token_fetch_start(struct token_fetch *f, int64_t now_ms, struct err *e);

/* Get the answer of a step that is not an HTTP request; false if there is none
 * yet. The answer is valid until token_fetch_finish(). */
bool token_fetch_poll(struct token_fetch *f, struct http_answer *out);

/* Pass the answer of a step to auth_renewal_answer(), and return the result of
 * that function. After RC_RETRY the caller sets due_ms. */
enum rc token_fetch_finish(struct token_fetch *f,
    const struct http_answer *answer, int64_t now_ms, struct err *e);

#endif
