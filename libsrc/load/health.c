/* SPDX-License-Identifier: Apache-2.0 */
#include "load/health.h"
#include "checkpoint/meta.h"
#include "http/retry.h"

/* Longest pause that is stored. No quota lasts longer: a server that asks for
 * more is faulty, and the user decides when to run the command again. */
#define PAUSE_STORED_MAX_MS (INT64_C(3600) * 1000)
/* A longer stored pause is ignored: it was written with another clock. */
#define PAUSE_READ_MAX_S (INT64_C(2) * 3600)

enum rc
health_init(struct health *h, const struct session *s, struct err *e)
{
	int64_t until = 0;

	*h = (struct health){ .session = s, .success_ms = session_ms(s) };
	const enum rc rc = meta_get_pause(s->checkpoint, &until, e);
	const int64_t left = until - session_now(s);
	if (rc != RC_OK || left <= 0 || left > PAUSE_READ_MAX_S)
		return rc;
	h->pause_ms = session_ms(s) + left * 1000;
	h->failing = true;
	(void)err_set(&h->why, RC_RETRY, WHY_NETWORK,
	    "%s asked an earlier run to wait", s->run->target->endpoint);
	session_note(s->run, "%s: %lld s left", h->why.text, (long long)left);
	return RC_OK;
}

void
health_succeeded(struct health *h)
{
	h->success_ms = session_ms(h->session);
	h->failing = false;
	h->pauses = 0;
}

int64_t
health_settle_ms(const struct health *h)
{
	return h->session->began_ms + h->session->run->target->role_wait_ms;
}

int64_t
health_retry_ms(
    const struct health *h, const struct http_answer *answer, unsigned n)
{
	/* If a server asks for a wait of 0, the back-off is used. */
	if (answer->wait_ms > 0)
		return answer->wait_ms;
	return retry_backoff_ms(n, h->session->run->target->retry_ms);
}

int64_t
health_pause_ms(struct health *h, const struct http_answer *answer)
{
	h->pauses += h->pauses == 0 || session_ms(h->session) >= h->pause_ms;
	return health_retry_ms(h, answer, h->pauses);
}

enum rc
health_pause(struct health *h, int64_t ms, bool asked, struct err *e)
{
	const struct session *const s = h->session;
	const int64_t due = session_ms(s) + ms;

	if (due <= h->pause_ms)
		return RC_OK;
	h->pause_ms = due;
	if (!asked || ms > PAUSE_STORED_MAX_MS)
		return RC_OK;
	return meta_set_pause(
	    s->checkpoint, session_now(s) + (ms + 1999) / 1000, e);
}
