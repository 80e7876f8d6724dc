/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "load/api_client.h"
#include "load/probe.h"
#include "load/target.h"
#include "sink/sink_table.h"
#include "util/clock.h"
#include "util/digest.h"

/* Fill in the result of a step from the last answer. */
static void
end_step(struct load_step *step, const struct api_client *c, int64_t began)
{
	step->ms = clock_ms() - began;
	step->http = c->status;
	(void)snprintf(step->words, sizeof(step->words), "%s", c->words);
}

static enum rc
get_token(struct api_client *c, struct load_probe *p, struct err *e)
{
	struct load_step *const step = &p->step[p->n++];
	struct api_client_retries none = api_client_begin_retries(c);
	const int64_t began = clock_ms();

	*step = (struct load_step){ .name = "token" };
	const enum rc rc = api_client_get_token(c, &none, e);

	end_step(step, c, began);
	step->good = rc == RC_OK;
	/* The answer to a successful request is the token, which must not be
	 * shown. */
	if (step->good)
		step->words[0] = '\0';
	return rc;
}

static enum rc
post(struct api_client *c, struct load_probe *p, const char *name,
    struct span body, struct err *e)
{
	struct load_step *const step = &p->step[p->n++];
	const int64_t began = clock_ms();
	struct http_answer answer;
	char status[32] = "no answer";

	*step = (struct load_step){ .name = name };
	const enum rc rc = api_client_send(c, body, &answer, e);
	end_step(step, c, began);
	if (rc != RC_OK)
		return rc;
	const bool retry = c->verdict.act == SINK_RETRY;
	step->good = c->verdict.act == SINK_ACK;
	step->hint = c->verdict.hint;
	if (step->good)
		return RC_OK;
	if (step->http != 0)
		(void)snprintf(
		    status, sizeof(status), "status %ld", step->http);
	return err_set(e, retry ? RC_RETRY : RC_FATAL,
	    retry ? WHY_NETWORK : WHY_DENIED, "%.120s: %s%s%s (%s)",
	    c->o.run->target->endpoint, status, step->hint != NULL ? ": " : "",
	    step->hint != NULL ? step->hint : "", step->words);
}

/* Send a row that cannot be mistaken for an event: four of its columns say that
 * it is a probe. */
static enum rc
post_row(struct api_client *c, struct load_probe *p, struct err *e)
{
	char now[CLOCK_TEXT];
	char text[512];
	uint8_t sum[DIGEST_BYTES];

	clock_text(clock_now(), now);
	int n = snprintf(text, sizeof(text), "evtxload probe %s %ld %lld", now,
	    (long)getpid(), (long long)clock_ms());
	const enum rc rc = digest_once(span_of(text, (size_t)n), sum, e);
	if (rc != RC_OK)
		return rc;
	digest_hex(sum, 16, p->key);
	n = snprintf(text, sizeof(text),
	    "[{\"TimeGenerated\":\"%s\",\"Computer\":\"evtxload-probe\","
	    "\"Channel\":\"evtxload-probe\",\"EventID\":0,"
	    "\"Activity\":\"evtxload probe: no event\","
	    "\"TimeCreated_CF\":\"%s\",\"RecordKey_CF\":\"%s\"}]",
	    now, now, p->key);
	return post(c, p, "row", span_of(text, (size_t)n), e);
}

enum rc
load_probe(const struct load_run *run, struct load_probe *p, struct err *e)
{
	const struct load_target *const t = run->target;
	const struct sink_remote *const sink = sink_table_find(t->sink)->remote;
	struct api_client c = { .status = 0 };

	if (sink == NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "the target %s cannot be probed: it is a local file",
		    t->sink);
	const struct api_client_options o = {
		.run = run, .timeout_ms = t->timeout_ms, .judge = sink->judge
	};
	enum rc rc = target_check(t, e);
	if (rc == RC_OK)
		rc = api_client_create(&c, &o, e);
	if (rc == RC_OK)
		rc = target_url(t, &c.url, e);
	if (rc == RC_OK)
		rc = get_token(&c, p, e);
	if (rc == RC_OK)
		rc = post(&c, p, "empty", SPAN("[]"), e);
	if (rc == RC_OK && p->row)
		rc = post_row(&c, p, e);
	api_client_destroy(&c);
	return rc;
}
