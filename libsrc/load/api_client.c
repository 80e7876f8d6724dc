/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "http/retry.h"
#include "load/api_client.h"
#include "load/session.h"
#include "load/target.h"
#include "sink/response.h"
#include "util/clock.h"

#define TICK_MS 200
#define RETRY_MIN_MS 50

int64_t
api_client_ms(const struct api_client *c)
{
	return session_environment(c->o.run)->clock->ms();
}

enum rc
api_client_create(
    struct api_client *c, const struct api_client_options *o, struct err *e)
{
	const struct load_target *const t = o->run->target;
	struct auth_options auth = t->auth;
	/* At most two requests are open: one of the caller and one for a token.
	 */
	const struct http_options http = { .ca_file = t->ca_file,
		.proxy = t->proxy,
		.window = 2,
		.timeout_ms = o->timeout_ms,
		.body_max = o->body_max };

	memset(c, 0, sizeof(*c));
	c->o = *o;
	c->transport = session_environment(o->run)->transport;
	c->role_ms = api_client_ms(c) + t->role_wait_ms;
	buf_init(&c->url, TARGET_URL);
	buf_init(&c->bearer, TARGET_BEARER);
	auth.query = o->query;
	enum rc rc = auth_create(&auth, &c->auth, e);
	if (rc == RC_OK)
		rc = c->transport->create(&http, &c->http, e);
	c->fetch = (struct token_fetch){ .auth = c->auth,
		.transport = c->transport,
		.http = c->http,
		.timeout_ms = t->timeout_ms };
	return rc;
}

void
api_client_destroy(struct api_client *c)
{
	token_fetch_reset(&c->fetch);
	if (c->http != NULL)
		c->transport->destroy(c->http);
	auth_destroy(c->auth);
	if (c->bearer.p != NULL)
		explicit_bzero(c->bearer.p, c->bearer.cap);
	buf_reset(&c->bearer);
	buf_reset(&c->url);
}

/* --- retries ------------------------------------------------------------- */

enum rc
api_client_sleep(struct api_client *c, int64_t ms, struct err *e)
{
	const int64_t end = api_client_ms(c) + ms;
	enum rc rc = session_check_stop(c->o.run, e);

	for (int64_t left = ms; rc == RC_OK && left > 0;
	     left = end - api_client_ms(c)) {
		rc = c->transport->wait(
		    c->http, left < TICK_MS ? left : TICK_MS, e);
		if (rc == RC_OK)
			rc = session_check_stop(c->o.run, e);
	}
	return rc;
}

struct api_client_retries
api_client_begin_retries(const struct api_client *c)
{
	return (struct api_client_retries){ .end_ms = api_client_ms(c) +
						      c->o.wait_ms };
}

enum rc
api_client_retry(struct api_client *c, struct api_client_retries *r,
    int64_t asked_ms, struct err *why)
{
	const int64_t first = c->o.run->target->retry_ms;
	int64_t wait = asked_ms;
	struct err stopped;

	if (asked_ms <= 0)
		wait = retry_backoff_ms(
		    ++r->tries, first > 0 ? first : RETRY_MIN_MS);
	if (api_client_ms(c) + wait > r->end_ms) {
		why->rc = RC_RETRY;
		return RC_RETRY;
	}
	session_note(
	    c->o.run, "%s: retrying in %.1f s", why->text, (double)wait / 1000);
	if (api_client_sleep(c, wait, &stopped) == RC_OK)
		return RC_OK;
	*why = stopped;
	return why->rc;
}

/* --- requests ------------------------------------------------------------ */

/* Keep the status and the text of an answer for messages, but no secrets. */
static void
keep_words(struct api_client *c, const struct http_answer *answer)
{
	c->status = answer->fate == HTTP_ANSWERED ? answer->status : 0;
	response_message(answer, c->words);
	if (auth_leaks(c->auth, c->words))
		(void)snprintf(c->words, sizeof(c->words), AUTH_WITHHELD);
}

enum rc
api_client_get_token(
    struct api_client *c, struct api_client_retries *r, struct err *e)
{
	enum rc rc = RC_OK;

	while (rc == RC_OK &&
	       auth_renewal_is_due(c->auth, api_client_ms(c) / 1000)) {
		struct http_answer answer;
		rc = token_fetch_start(&c->fetch, api_client_ms(c), e);
		if (rc != RC_OK)
			break;
		const bool http = c->transport->next_answer(c->http, &answer);
		if (!http && !token_fetch_poll(&c->fetch, &answer)) {
			rc = api_client_sleep(c, TICK_MS / 10, e);
			continue;
		}
		if (http)
			keep_words(c, &answer);
		rc =
		    token_fetch_finish(&c->fetch, &answer, api_client_ms(c), e);
		if (rc == RC_RETRY) {
			const int64_t least = auth_renewal_wait_ms(c->auth);
			rc = api_client_retry(c, r,
			    answer.wait_ms < least ? least : answer.wait_ms, e);
		}
	}
	return rc == RC_OK ? auth_put_header(c->auth, &c->bearer, e) : rc;
}

enum rc
api_client_send(struct api_client *c, struct span body,
    struct http_answer *answer, struct err *e)
{
	const char *const headers[] = { (const char *)c->bearer.p,
		"Content-Type: application/json", "Accept: application/json",
		c->o.prefer, NULL };
	const struct http_request request = { .url = (const char *)c->url.p,
		.headers = headers,
		.body = body,
		.tag = c };
	enum rc rc = c->transport->start(c->http, &request, e);

	c->requests++;
	c->status = 0;
	c->words[0] = '\0';
	while (rc == RC_OK && !c->transport->next_answer(c->http, answer)) {
		rc = session_check_stop(c->o.run, e);
		if (rc == RC_OK)
			rc = c->transport->wait(c->http, TICK_MS, e);
	}
	if (rc != RC_OK)
		return rc;
	keep_words(c, answer);
	c->verdict = c->o.judge(answer);
	return RC_OK;
}

/* A new role takes effect only after a while: retry a refusal for that time. */
static enum rc
retry_denied(struct api_client *c, struct api_client_retries *r, struct err *e)
{
	const bool new_role = (c->status == 403 || c->status == 404) &&
			      api_client_ms(c) < c->role_ms;

	if (!new_role)
		return RC_FATAL;
	if (r->end_ms < c->role_ms)
		r->end_ms = c->role_ms;
	const enum rc rc = api_client_retry(c, r, 0, e);
	if (rc != RC_RETRY)
		return rc;
	e->rc = RC_FATAL;
	return RC_FATAL;
}

enum rc
api_client_post(struct api_client *c, struct span body,
    struct http_answer *answer, struct err *e)
{
	const struct sink_verdict *const v = &c->verdict;
	struct api_client_retries retries = api_client_begin_retries(c);
	enum rc rc = RC_OK;

	while (rc == RC_OK) {
		char status[32] = "no answer";
		rc = api_client_get_token(c, &retries, e);
		const unsigned generation = auth_generation(c->auth);
		if (rc == RC_OK)
			rc = api_client_send(c, body, answer, e);
		if (rc != RC_OK)
			break;
		if (v->act == SINK_ACK || v->act == SINK_SPLIT)
			auth_token_accepted(c->auth, generation);
		if (v->act == SINK_ACK)
			return RC_OK;
		if (c->status != 0)
			(void)snprintf(
			    status, sizeof(status), "status %ld", c->status);
		(void)err_set(e, RC_FATAL,
		    v->act == SINK_RETRY ? WHY_NETWORK : WHY_DENIED,
		    "%.120s: %s%s%s (%.150s)", (const char *)c->url.p, status,
		    v->hint != NULL ? ": " : "", v->hint != NULL ? v->hint : "",
		    c->words);
		if (v->act == SINK_SPLIT)
			rc = RC_SKIP;
		else if (v->act == SINK_RETRY)
			rc = api_client_retry(c, &retries, answer->wait_ms, e);
		else if (v->act != SINK_REFRESH)
			rc = retry_denied(c, &retries, e);
		else if (!auth_token_refused(c->auth, generation))
			rc = RC_FATAL;
	}
	return rc;
}
