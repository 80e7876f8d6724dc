/* SPDX-License-Identifier: Apache-2.0 */
#include "load/token_fetch.h"

void
token_fetch_reset(struct token_fetch *f)
{
	command_destroy(f->command);
	f->command = NULL;
	f->pending = false;
	f->local = false;
}

enum rc
token_fetch_start(struct token_fetch *f, int64_t now_ms, struct err *e)
{
	struct auth_step step = { .http.tag = f->auth };

	if (f->pending || now_ms < f->due_ms ||
	    !auth_renewal_is_due(f->auth, now_ms / 1000))
		return RC_OK;
	enum rc rc = auth_renewal_request(f->auth, &step, e);
	if (rc == RC_OK && step.argv != NULL)
		rc = command_start(step.argv, f->timeout_ms, &f->command, e);
	else if (rc == RC_OK && step.http.url != NULL)
		rc = f->transport->start(f->http, &step.http, e);
	else
		f->local = rc == RC_OK;
	f->pending = rc == RC_OK;
	f->tries++;
	return rc;
}

bool
token_fetch_poll(struct token_fetch *f, struct http_answer *out)
{
	if (f->local) {
		*out = (struct http_answer){ .fate = HTTP_ANSWERED,
			.wait_ms = HTTP_NO_WAIT,
			.id = "",
			.challenge = "",
			.reason = "",
			.tag = f->auth };
		return true;
	}
	if (f->command == NULL || !command_poll(f->command))
		return false;
	command_answer(f->command, out);
	out->tag = f->auth;
	return true;
}

enum rc
token_fetch_finish(struct token_fetch *f, const struct http_answer *answer,
    int64_t now_ms, struct err *e)
{
	const enum rc rc =
	    auth_renewal_answer(f->auth, answer, now_ms / 1000, e);

	token_fetch_reset(f);
	if (rc == RC_OK)
		f->tries = 0;
	return rc;
}
