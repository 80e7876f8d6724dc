/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "http/retry.h"
#include "load/ask.h"
#include "sink/response.h"
#include "util/clock.h"

#define TICK_MS 200
#define RETRY_MIN_MS 50

int64_t
ask_ms(const struct ask *a)
{
	return load_outside_of(a->o.run)->clock->ms();
}

static enum rc
check_stop(const struct ask *a, struct err *e)
{
	const volatile sig_atomic_t *const stop = a->o.run->stop;

	return stop != NULL && *stop != 0
		   ? err_set(e, RC_FATAL, WHY_STOPPED, "interrupted")
		   : RC_OK;
}

enum rc
ask_wait(struct ask *a, int64_t ms, struct err *e)
{
	const int64_t end = ask_ms(a) + ms;
	enum rc rc = check_stop(a, e);

	for (int64_t left = ms; rc == RC_OK && left > 0;
	     left = end - ask_ms(a)) {
		rc = a->transport->wait(
		    a->http, left < TICK_MS ? left : TICK_MS, e);
		if (rc == RC_OK)
			rc = check_stop(a, e);
	}
	return rc;
}

enum rc
ask_create(struct ask *a, const struct ask_options *o, struct err *e)
{
	const struct load_target *const t = o->run->target;
	struct auth_options auth = t->auth;
	const struct http_options http = { .ca_file = t->ca_file,
		.proxy = t->proxy,
		.window = 2,
		.timeout_ms = o->timeout_ms,
		.body_max = o->body_max };

	memset(a, 0, sizeof(*a));
	a->o = *o;
	a->transport = load_outside_of(o->run)->transport;
	buf_init(&a->url, LOAD_URL);
	buf_init(&a->bearer, LOAD_BEARER);
	auth.query = o->query;
	enum rc rc = auth_create(&auth, &a->auth, e);
	if (rc == RC_OK)
		rc = a->transport->create(&http, &a->http, e);
	a->fetch = (struct fetch){ .auth = a->auth,
		.transport = a->transport,
		.http = a->http,
		.timeout_ms = t->timeout_ms };
	return rc;
}

void
ask_destroy(struct ask *a)
{
	fetch_reset(&a->fetch);
	if (a->http != NULL)
		a->transport->destroy(a->http);
	auth_destroy(a->auth);
	if (a->bearer.p != NULL)
		explicit_bzero(a->bearer.p, a->bearer.cap);
	buf_reset(&a->bearer);
	buf_reset(&a->url);
}

/* --- waiting for the next try -------------------------------------------- */

struct patience {
	int64_t end; /* of it */
	unsigned tries;
};

static void
say(const struct ask *a, const struct err *why, int64_t wait)
{
	char text[ERR_TEXT_MAX + 40];

	if (a->o.run->note == NULL)
		return;
	(void)snprintf(text, sizeof(text), "%s: again in %.1f s", why->text,
	    (double)wait / 1000);
	a->o.run->note(a->o.run->arg, text);
}

/* why says what went wrong, and is what is told when patience is over. */
static enum rc
try_again(struct ask *a, struct patience *p, int64_t asked, struct err *why)
{
	const int64_t first = a->o.run->target->retry_ms;
	int64_t wait = asked > 0 ? asked
				 : retry_backoff_ms(++p->tries,
				       first > 0 ? first : RETRY_MIN_MS);
	struct err stopped;

	if (ask_ms(a) + wait > p->end) {
		why->rc = RC_RETRY;
		return RC_RETRY;
	}
	say(a, why, wait);
	if (ask_wait(a, wait, &stopped) == RC_OK)
		return RC_OK;
	*why = stopped;
	return why->rc;
}

/* --- the token ----------------------------------------------------------- */

static enum rc
take_token(struct ask *a, struct patience *p, const struct http_answer *answer,
    struct err *e)
{
	const enum rc rc = fetch_take(&a->fetch, answer, ask_ms(a), e);

	if (rc != RC_RETRY)
		return rc;
	int64_t wait = answer->wait_ms;
	if (wait < auth_wait_ms(a->auth))
		wait = auth_wait_ms(a->auth);
	return try_again(a, p, wait, e);
}

static enum rc
need_token(struct ask *a, struct patience *p, struct err *e)
{
	enum rc rc = RC_OK;

	while (rc == RC_OK && auth_is_due(a->auth, ask_ms(a) / 1000)) {
		struct http_answer answer;
		rc = fetch_ask(&a->fetch, ask_ms(a), e);
		if (rc == RC_OK &&
		    (a->transport->next_answer(a->http, &answer) ||
			fetch_poll(&a->fetch, &answer)))
			rc = take_token(a, p, &answer, e);
		else if (rc == RC_OK)
			rc = ask_wait(a, TICK_MS / 10, e);
	}
	return rc == RC_OK ? auth_bearer(a->auth, &a->bearer, e) : rc;
}

/* --- the request --------------------------------------------------------- */

static enum rc
send(struct ask *a, struct span body, struct http_answer *answer, struct err *e)
{
	const char *const headers[] = { (const char *)a->bearer.p,
		"Content-Type: application/json", "Accept: application/json",
		a->o.prefer, NULL };
	const struct http_request request = { .url = (const char *)a->url.p,
		.headers = headers,
		.body = body,
		.tag = a };
	enum rc rc = a->transport->start(a->http, &request, e);

	a->requests++;
	while (rc == RC_OK && !a->transport->next_answer(a->http, answer)) {
		rc = check_stop(a, e);
		if (rc == RC_OK)
			rc = a->transport->wait(a->http, TICK_MS, e);
	}
	return rc;
}

/* What the service said, and where. */
static void
describe(const struct ask *a, const struct http_answer *answer,
    const struct sink_verdict *v, struct err *e)
{
	char words[RESPONSE_MESSAGE_MAX];
	char status[32] = "no answer";

	response_message(answer, words);
	if (auth_leaks(a->auth, words))
		(void)snprintf(words, sizeof(words), AUTH_WITHHELD);
	if (answer->fate == HTTP_ANSWERED)
		(void)snprintf(
		    status, sizeof(status), "status %ld", answer->status);
	(void)err_set(e, RC_FATAL,
	    v->act == SINK_RETRY ? WHY_NETWORK : WHY_DENIED,
	    "%.120s: %s%s%s (%.150s)", (const char *)a->url.p, status,
	    v->hint != NULL ? ": " : "", v->hint != NULL ? v->hint : "", words);
}

enum rc
ask_post(
    struct ask *a, struct span body, struct http_answer *answer, struct err *e)
{
	struct patience p = { .end = ask_ms(a) + a->o.run->target->wait_ms };
	enum rc rc = RC_OK;

	while (rc == RC_OK) {
		rc = need_token(a, &p, e);
		const unsigned generation = auth_generation(a->auth);
		if (rc == RC_OK)
			rc = send(a, body, answer, e);
		if (rc != RC_OK)
			break;
		const struct sink_verdict v = a->o.judge(answer);
		if (v.act == SINK_ACK || v.act == SINK_SPLIT)
			auth_accepted(a->auth, generation);
		if (v.act == SINK_ACK)
			return RC_OK;
		describe(a, answer, &v, e);
		if (v.act == SINK_SPLIT)
			rc = RC_SKIP;
		else if (v.act == SINK_RETRY)
			rc = try_again(a, &p, answer->wait_ms, e);
		else if (v.act != SINK_REFRESH ||
			 !auth_refused(a->auth, generation))
			rc = RC_FATAL;
	}
	return rc;
}
