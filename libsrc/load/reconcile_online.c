/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "auth/cloud.h"
#include "load/api_client.h"
#include "load/reconcile_json.h"
#include "load/reconcile_match.h"
#include "load/reconcile_online.h"
#include "load/reconcile_pages.h"
#include "load/resend.h"
#include "load/target.h"

#define ROUNDS 3
#define POLL_MIN_MS 100
#define POLL_MAX_MS 60000

struct comparison {
	const struct reconcile_online *r;
	struct api_client client;
	struct reconcile_pages pages;
	struct reconcile_match match;
	uint64_t total; /* rows, when counts stood still */
	bool moved;     /* they did not while keys were read */
};

/* --- the address --------------------------------------------------------- */

static enum rc
endpoint_of(const struct load_run *run, const struct reconcile_options *o,
    const char **out, struct err *e)
{
	const char *const authority = run->target->auth.value[AUTH_AUTHORITY];
	const struct cloud *cloud = NULL;
	char room[512];
	enum rc rc = RC_OK;

	*out = o->query_endpoint;
	if (*out != NULL)
		return target_check_https(
		    run->target, *out, "the query endpoint", e);
	rc = cloud_find(authority != NULL ? authority : CLOUD_PUBLIC, room,
	    sizeof(room), &cloud, e);
	if (rc == RC_OK)
		*out = cloud->endpoint;
	return rc;
}

static enum rc
put_url(const struct load_run *run, const struct reconcile_options *o,
    struct buf *url, struct err *e)
{
	const char *endpoint = NULL;
	const enum rc rc = endpoint_of(run, o, &endpoint, e);

	return rc == RC_OK
		   ? workspace_query_put_url(endpoint, o->workspace, url, e)
		   : rc;
}

enum rc
reconcile_online_check(const struct load_run *run,
    const struct reconcile_options *o, struct err *e)
{
	const char *name = NULL;
	struct buf url;

	buf_init(&url, TARGET_URL);
	enum rc rc = put_url(run, o, &url, e);
	buf_reset(&url);
	if (rc == RC_OK)
		rc = auth_choose_method(&run->target->auth, &name, e);
	if (rc == RC_OK && o->resend && strcmp(name, "token") == 0)
		rc = err_set(e, RC_FATAL, WHY_USAGE,
		    "--resend needs tokens for two services, --auth token "
		    "has one");
	return rc == RC_OK && o->resend ? target_check(run->target, e) : rc;
}

/* --- until counts stand still -------------------------------------------- */

static int64_t
poll_ms(uint64_t settle)
{
	const uint64_t ms = settle / 10;

	return ms < POLL_MIN_MS   ? POLL_MIN_MS
	       : ms > POLL_MAX_MS ? POLL_MAX_MS
				  : (int64_t)ms;
}

/* Gives up when they still move wait_ms after they could have stood still. */
static enum rc
settle(struct comparison *s, struct err *e)
{
	const uint64_t settle_ms = s->r->o->settle_ms;
	const int64_t began = api_client_ms(&s->client);
	const int64_t end =
	    began + (int64_t)settle_ms + s->r->run->target->wait_ms;
	uint64_t last[RECONCILE_PAGES_PARTS];
	uint64_t now[RECONCILE_PAGES_PARTS];
	int64_t since = began;
	enum rc rc = reconcile_pages_count(&s->pages, last, e);

	s->r->report->settled = false;
	while (rc == RC_OK &&
	       api_client_ms(&s->client) - since < (int64_t)settle_ms) {
		if (api_client_ms(&s->client) >= end)
			return RC_OK;
		rc = api_client_sleep(&s->client, poll_ms(settle_ms), e);
		if (rc == RC_OK)
			rc = reconcile_pages_count(&s->pages, now, e);
		if (rc == RC_OK && memcmp(last, now, sizeof(now)) != 0) {
			since = api_client_ms(&s->client);
			memcpy(last, now, sizeof(now));
		}
	}
	s->r->report->settled = rc == RC_OK;
	s->total = 0;
	for (size_t i = 0; i < RECONCILE_PAGES_PARTS; i++)
		s->total += last[i];
	return rc;
}

/* --- comparing ----------------------------------------------------------- */

static enum rc
take_key(
    void *arg, const uint8_t key[EXPECTED_KEY], uint64_t copies, struct err *e)
{
	struct comparison *const s = arg;

	return reconcile_match_key(&s->match, key, copies, e);
}

static enum rc
compare(struct comparison *s, struct err *e)
{
	struct reconcile_report *const report = s->r->report;
	enum rc rc =
	    reconcile_match_begin(&s->match, s->r->expect, s->r->scratch, e);

	if (rc == RC_OK)
		rc = reconcile_pages_walk(&s->pages, e);
	if (rc == RC_OK)
		rc = reconcile_match_finish(&s->match, e);
	report->requests = s->client.requests;
	if (rc != RC_OK)
		return rc;
	s->moved = s->match.rows != s->total;
	report->settled = report->settled && !s->moved;
	report->compared = true;
	report->there = s->match.there;
	report->missing = s->match.missing;
	report->doubles = s->match.doubles;
	report->extra = s->match.extra;
	report->others = s->match.others;
	return RC_OK;
}

static enum rc
write_report(struct comparison *s, const char *name, struct err *e)
{
	const struct reconcile_facts facts = { .run = s->r->run,
		.report = s->r->report,
		.match = &s->match,
		.workspace = s->r->o->workspace,
		.table = s->r->names->table,
		.since = s->r->since };

	return reconcile_json(s->r->dir, name, &facts, e);
}

/* Sends only after counts stood still: what is late is not missing. */
static enum rc
resend(struct comparison *s, struct err *e)
{
	struct reconcile_report *const report = s->r->report;
	struct resend_report sent = { .sent = 0 };
	enum rc rc = RC_OK;

	/* The report of the end does not know any more what was missing. */
	if (report->missing > 0)
		rc = write_report(s, "reconcile-before.json", e);
	if (rc == RC_OK)
		rc = resend_missing(
		    s->r->run, &s->match, s->r->expect->keyless == 0, &sent, e);
	report->resent += sent.sent;
	report->closed += sent.closed;
	return rc;
}

/* One comparison, and what follows from it. *again: there is to be another. */
static enum rc
turn(struct comparison *s, bool last, bool *again, struct err *e)
{
	struct reconcile_report *const report = s->r->report;
	enum rc rc = settle(s, e);

	*again = false;
	if (rc == RC_OK)
		rc = compare(s, e);
	if (rc == RC_OK && s->r->o->resend && report->settled) {
		*again = report->missing > 0 && !last;
		if (*again || report->missing == 0)
			rc = resend(s, e);
	}
	if (rc == RC_OK && !*again)
		rc = write_report(s, "reconcile.json", e);
	reconcile_match_end(&s->match);
	memset(&s->match, 0, sizeof(s->match));
	return rc;
}

static enum rc
make_ask(struct comparison *s, struct err *e)
{
	const struct load_run *const run = s->r->run;
	const struct api_client_options o = { .run = run,
		.query = true,
		.body_max = WORKSPACE_QUERY_BODY_MAX,
		.timeout_ms = (WORKSPACE_QUERY_WAIT_S + 60) * 1000,
		.prefer = "Prefer: wait=600",
		.wait_ms = (unsigned)run->target->wait_ms,
		.judge = workspace_query_judge };

	const enum rc rc = api_client_create(&s->client, &o, e);
	return rc == RC_OK ? put_url(run, s->r->o, &s->client.url, e) : rc;
}

enum rc
reconcile_online(struct reconcile_online *r, struct err *e)
{
	struct comparison s = { .r = r };
	bool again = true;
	enum rc rc = make_ask(&s, e);

	s.pages = (struct reconcile_pages){ .client = &s.client,
		.scope = { .table = r->names->table,
		    .key = r->names->key,
		    .since = r->since },
		.tell = take_key,
		.arg = &s };
	for (int round = 0; rc == RC_OK && again; round++)
		rc = turn(&s, round == ROUNDS, &again, e);
	api_client_destroy(&s.client);
	if (rc != RC_OK || r->report->settled)
		return rc;
	return err_set(e, RC_RETRY, WHY_NETWORK,
	    "the counts of the workspace did not stand still for --settle: "
	    "run again later");
}
