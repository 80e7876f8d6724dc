/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth/auth.h"
#include "auth/command.h"
#include "http/http.h"
#include "load/inner.h"
#include "sink/response.h"
#include "sink/sink_table.h"
#include "util/clock.h"

#define TICK_MS 200

struct probe {
	const struct load_run *run;
	const struct sink_remote *sink;
	struct http *http;
	struct auth *auth;
	struct command *command; /* runs, or NULL */
	struct buf url;
	struct buf bearer;
	struct load_probe *out;
};

/* --- asking -------------------------------------------------------------- */

static enum rc
ask(struct probe *p, const struct http_request *request,
    struct http_answer *answer, struct err *e)
{
	struct load_step *const step = &p->out->step[p->out->n - 1];
	const int64_t began = clock_ms();
	const volatile sig_atomic_t *const stop = p->run->stop;
	enum rc rc = http_start(p->http, request, e);

	while (rc == RC_OK && !http_next_answer(p->http, answer)) {
		if (stop != NULL && *stop != 0)
			return err_set(e, RC_FATAL, WHY_STOPPED, "interrupted");
		rc = http_wait(p->http, TICK_MS, e);
	}
	step->ms = clock_ms() - began;
	if (rc != RC_OK)
		return rc;
	step->http = answer->fate == HTTP_ANSWERED ? answer->status : 0;
	response_message(answer, step->words);
	if (auth_leaks(p->auth, step->words))
		(void)snprintf(step->words, sizeof(step->words), AUTH_WITHHELD);
	return RC_OK;
}

static struct load_step *
begin(struct probe *p, const char *name)
{
	struct load_step *const step = &p->out->step[p->out->n++];

	*step = (struct load_step){ .name = name };
	return step;
}

/* --- the token ----------------------------------------------------------- */

static enum rc
run_step(struct probe *p, const struct auth_step *step,
    struct http_answer *answer, struct err *e)
{
	if (step->argv == NULL && step->http.url != NULL)
		return ask(p, &step->http, answer, e);
	*answer = (struct http_answer){ .fate = HTTP_ANSWERED, .reason = "" };
	if (step->argv == NULL)
		return RC_OK;
	const unsigned timeout = p->run->target->timeout_ms;
	const volatile sig_atomic_t *const stop = p->run->stop;
	enum rc rc = command_start(step->argv, timeout, &p->command, e);
	while (rc == RC_OK && !command_poll(p->command)) {
		if (stop != NULL && *stop != 0)
			return err_set(e, RC_FATAL, WHY_STOPPED, "interrupted");
		rc = http_wait(p->http, TICK_MS / 10, e);
	}
	if (rc == RC_OK)
		command_answer(p->command, answer);
	return rc;
}

/* One request after the other, until there is a token. */
static enum rc
get_token(struct probe *p, struct err *e)
{
	struct load_step *const step = begin(p, "token");
	const int64_t began = clock_ms();
	enum rc rc = RC_OK;

	while (rc == RC_OK && auth_is_due(p->auth, clock_ms() / 1000)) {
		struct auth_step next = { .http.tag = p };
		struct http_answer answer;
		rc = auth_request(p->auth, &next, e);
		if (rc == RC_OK)
			rc = run_step(p, &next, &answer, e);
		if (rc == RC_OK)
			rc =
			    auth_answer(p->auth, &answer, clock_ms() / 1000, e);
		command_destroy(p->command);
		p->command = NULL;
	}
	step->ms = clock_ms() - began;
	/* The answer to a success is the token, which nobody shows. */
	if (rc == RC_OK)
		step->words[0] = '\0';
	step->good = rc == RC_OK;
	return rc == RC_OK ? auth_bearer(p->auth, &p->bearer, e) : rc;
}

/* --- a body -------------------------------------------------------------- */

static enum rc
judge(const struct probe *p, struct load_step *step,
    const struct http_answer *answer, struct err *e)
{
	const struct sink_verdict v = p->sink->judge(answer);
	char status[32];

	(void)snprintf(status, sizeof(status), "status %ld", step->http);
	step->good = v.act == SINK_ACK;
	step->hint = v.hint;
	if (step->good)
		return RC_OK;
	return err_set(e, v.act == SINK_RETRY ? RC_RETRY : RC_FATAL,
	    v.act == SINK_RETRY ? WHY_NETWORK : WHY_DENIED,
	    "%.120s: %s%s%s (%s)", p->run->target->endpoint,
	    step->http != 0 ? status : "no answer", v.hint != NULL ? ": " : "",
	    v.hint != NULL ? v.hint : "", step->words);
}

static enum rc
post(struct probe *p, const char *name, struct span body, struct err *e)
{
	struct load_step *const step = begin(p, name);
	char type[80];
	const char *const headers[] = { (const char *)p->bearer.p, type,
		"Accept: application/json", NULL };
	const struct http_request request = { .url = (const char *)p->url.p,
		.headers = headers,
		.body = body,
		.tag = p };
	struct http_answer answer;

	(void)snprintf(
	    type, sizeof(type), "Content-Type: %s", p->sink->content_type);
	const enum rc rc = ask(p, &request, &answer, e);
	return rc == RC_OK ? judge(p, step, &answer, e) : rc;
}

/* Nobody takes it for an event: it says in four columns what it is. */
static enum rc
post_row(struct probe *p, struct err *e)
{
	char *const key = p->out->key;
	char now[CLOCK_TEXT];
	char text[512];
	uint8_t sum[DIGEST_BYTES];

	clock_text(clock_now(), now);
	int n = snprintf(text, sizeof(text), "evtxload probe %s %ld %lld", now,
	    (long)getpid(), (long long)clock_ms());
	const enum rc rc = digest_once(span_of(text, (size_t)n), sum, e);
	if (rc != RC_OK)
		return rc;
	digest_hex(sum, 16, key);
	n = snprintf(text, sizeof(text),
	    "[{\"TimeGenerated\":\"%s\",\"Computer\":\"evtxload-probe\","
	    "\"Channel\":\"evtxload-probe\",\"EventID\":0,"
	    "\"Activity\":\"evtxload probe: no event\","
	    "\"TimeCreated_CF\":\"%s\",\"RecordKey_CF\":\"%s\"}]",
	    now, now, key);
	return post(p, "row", span_of(text, (size_t)n), e);
}

/* --- all of it ----------------------------------------------------------- */

static enum rc
make(struct probe *p, struct err *e)
{
	const struct load_target *const t = p->run->target;
	const struct http_options http = {
		.ca_file = t->ca_file,
		.proxy = t->proxy,
		.window = 1,
		.timeout_ms = t->timeout_ms,
	};
	const enum rc rc = load_address(t, &p->url, &p->auth, e);

	return rc == RC_OK ? http_create(&http, &p->http, e) : rc;
}

enum rc
load_probe(const struct load_run *run, struct load_probe *out, struct err *e)
{
	struct probe p = { .run = run,
		.sink = sink_table_find(run->target->sink)->remote,
		.out = out };

	if (p.sink == NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "there is nothing to probe: the target %s is a file",
		    run->target->sink);
	buf_init(&p.url, LOAD_URL);
	buf_init(&p.bearer, LOAD_BEARER);
	enum rc rc = make(&p, e);
	if (rc == RC_OK)
		rc = get_token(&p, e);
	if (rc == RC_OK)
		rc = post(&p, "empty", SPAN("[]"), e);
	if (rc == RC_OK && out->row)
		rc = post_row(&p, e);
	http_destroy(p.http);
	auth_destroy(p.auth);
	if (p.bearer.p != NULL)
		explicit_bzero(p.bearer.p, p.bearer.cap);
	buf_reset(&p.bearer);
	buf_reset(&p.url);
	return rc;
}
