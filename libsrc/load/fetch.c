/* SPDX-License-Identifier: Apache-2.0 */
#include "load/fetch.h"

void
fetch_reset(struct fetch *f)
{
	command_destroy(f->command);
	f->command = NULL;
	f->asked = false;
	f->ready = false;
}

static enum rc
send_step(struct fetch *f, const struct auth_step *step, struct err *e)
{
	if (step->argv != NULL)
		return command_start(step->argv, f->timeout_ms, &f->command, e);
	if (step->http.url != NULL)
		return f->transport->start(f->http, &step->http, e);
	f->ready = true;
	return RC_OK;
}

enum rc
fetch_ask(struct fetch *f, int64_t now_ms, struct err *e)
{
	struct auth_step step = { .http.tag = f->auth };

	if (f->asked || now_ms < f->due_ms ||
	    !auth_is_due(f->auth, now_ms / 1000))
		return RC_OK;
	enum rc rc = auth_request(f->auth, &step, e);
	if (rc == RC_OK)
		rc = send_step(f, &step, e);
	f->asked = rc == RC_OK;
	f->tries++;
	return rc;
}

bool
fetch_poll(struct fetch *f, struct http_answer *out)
{
	if (f->ready) {
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
fetch_take(struct fetch *f, const struct http_answer *answer, int64_t now_ms,
    struct err *e)
{
	const enum rc rc = auth_answer(f->auth, answer, now_ms / 1000, e);

	fetch_reset(f);
	if (rc == RC_OK)
		f->tries = 0;
	return rc;
}
