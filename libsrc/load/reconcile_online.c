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
#define CONTENT_MAX 16384
#define POLL_MIN_MS 100
#define POLL_MAX_MS 60000

struct comparison {
	const struct reconcile_online *r;
	struct api_client client;
	struct reconcile_pages pages;
	struct reconcile_match match;
	/* KQL expression of a row's content digest, ended by a NUL. */
	struct buf content;
	uint64_t total; /* number of rows when the counts stopped changing */
};

/* --- the address --------------------------------------------------------- */

static enum rc
put_url(const struct load_run *run, const struct reconcile_options *o,
    struct buf *url, struct err *e)
{
	const char *const authority = run->target->auth.value[AUTH_AUTHORITY];
	const char *endpoint = o->query_endpoint;
	const struct cloud *cloud = NULL;
	char room[512];
	enum rc rc = RC_OK;

	if (endpoint != NULL)
		rc = target_check_https(
		    run->target, endpoint, "the query endpoint", e);
	else
		rc = cloud_find(authority != NULL ? authority : CLOUD_PUBLIC,
		    room, sizeof(room), &cloud, e);
	if (rc != RC_OK)
		return rc;
	if (cloud != NULL)
		endpoint = cloud->endpoint;
	return workspace_query_put_url(endpoint, o->workspace, url, e);
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
		    "--resend needs tokens for two services, but --auth "
		    "token has only one");
	return rc == RC_OK && o->resend ? target_check(run->target, e) : rc;
}

/* --- waiting for stable counts ------------------------------------------- */

/* Wait until the counts have not changed for --settle. Gives up, with `settled`
 * false, if they still change after --settle and wait_ms. */
static enum rc
wait_until_stable(struct comparison *c, struct err *e)
{
	const uint64_t settle_ms = c->r->o->settle_ms;
	const int64_t began = api_client_ms(&c->client);
	const int64_t end =
	    began + (int64_t)settle_ms + c->r->run->target->wait_ms;
	uint64_t last[RECONCILE_PAGES_PARTS];
	uint64_t now[RECONCILE_PAGES_PARTS];
	int64_t since = began;
	int64_t poll = (int64_t)settle_ms / 10;
	enum rc rc = reconcile_pages_count(&c->pages, last, e);

	if (poll < POLL_MIN_MS)
		poll = POLL_MIN_MS;
	if (poll > POLL_MAX_MS)
		poll = POLL_MAX_MS;
	c->r->report->settled = false;
	while (rc == RC_OK &&
	       api_client_ms(&c->client) - since < (int64_t)settle_ms) {
		if (api_client_ms(&c->client) >= end)
			return RC_OK;
		rc = api_client_sleep(&c->client, poll, e);
		if (rc == RC_OK)
			rc = reconcile_pages_count(&c->pages, now, e);
		if (rc == RC_OK && memcmp(last, now, sizeof(now)) != 0) {
			since = api_client_ms(&c->client);
			memcpy(last, now, sizeof(now));
		}
	}
	c->r->report->settled = rc == RC_OK;
	c->total = 0;
	for (size_t i = 0; i < RECONCILE_PAGES_PARTS; i++)
		c->total += last[i];
	return rc;
}

/* --- comparing ----------------------------------------------------------- */

static enum rc
add_row(void *arg, const struct reconcile_row *row, struct err *e)
{
	struct comparison *const c = arg;

	return reconcile_match_row(&c->match, row, e);
}

static enum rc
compare(struct comparison *c, struct err *e)
{
	struct reconcile_report *const report = c->r->report;
	const struct reconcile_match *const m = &c->match;

	c->match = (struct reconcile_match){ .x = c->r->expected,
		.with_content = c->r->content != NULL };
	enum rc rc = reconcile_match_begin(&c->match, c->r->scratch, e);
	if (rc == RC_OK)
		rc = reconcile_pages_walk(&c->pages, e);
	if (rc == RC_OK)
		rc = reconcile_match_finish(&c->match, e);
	report->requests = c->client.requests;
	if (rc != RC_OK)
		return rc;
	/* Rows may have arrived while keys were read. */
	report->settled = report->settled && m->rows == c->total;
	report->compared = true;
	report->content = c->r->content != NULL;
	report->there = m->there;
	report->missing = m->missing;
	report->doubles = m->doubles;
	report->extra = m->extra;
	report->altered = m->altered;
	report->others = m->others;
	return RC_OK;
}

static enum rc
write_report(struct comparison *c, const char *name, struct err *e)
{
	const struct reconcile_facts facts = { .run = c->r->run,
		.report = c->r->report,
		.match = &c->match,
		.content = c->r->content,
		.workspace = c->r->o->workspace,
		.table = c->r->names->table,
		.since = c->r->since };

	return reconcile_json(c->r->dir, name, &facts, e);
}

static enum rc
resend(struct comparison *c, struct err *e)
{
	struct reconcile_report *const report = c->r->report;
	struct resend_report sent = { .sent = 0 };
	enum rc rc = RC_OK;

	/* The last report no longer lists the records that were missing before.
	 */
	if (report->missing > 0)
		rc = write_report(c, "reconcile-before.json", e);
	if (rc == RC_OK)
		rc = resend_missing(c->r->run, &c->match, &sent, e);
	report->resent += sent.sent;
	report->closed += sent.closed;
	report->kept = sent.kept;
	return rc;
}

/* Compare once, and resend or write the report. *repeat becomes true if another
 * comparison is needed. Records are only sent once the counts are stable: rows
 * that arrive late are not missing. */
static enum rc
run_round(struct comparison *c, bool last, bool *repeat, struct err *e)
{
	struct reconcile_report *const report = c->r->report;
	enum rc rc = wait_until_stable(c, e);

	*repeat = false;
	if (rc == RC_OK)
		rc = compare(c, e);
	if (rc == RC_OK && c->r->o->resend && report->settled) {
		*repeat = report->missing > 0 && !last;
		if (*repeat || report->missing == 0)
			rc = resend(c, e);
	}
	if (rc == RC_OK && !*repeat)
		rc = write_report(c, "reconcile.json", e);
	reconcile_match_end(&c->match);
	memset(&c->match, 0, sizeof(c->match));
	return rc;
}

enum rc
reconcile_online(struct reconcile_online *r, struct err *e)
{
	const struct api_client_options o = { .run = r->run,
		.query = true,
		.body_max = WORKSPACE_QUERY_BODY_MAX,
		.timeout_ms = (WORKSPACE_QUERY_WAIT_S + 60) * 1000,
		.wait_ms = r->run->target->wait_ms,
		.prefer = "Prefer: wait=600",
		.judge = workspace_query_judge };
	struct comparison c = { .r = r };
	bool repeat = true;
	enum rc rc = api_client_create(&c.client, &o, e);

	if (rc == RC_OK)
		rc = put_url(r->run, r->o, &c.client.url, e);
	buf_init(&c.content, CONTENT_MAX);
	if (rc == RC_OK && r->content != NULL) {
		row_content_put_kql(r->content, &c.content);
		buf_byte(&c.content, '\0');
		if (c.content.full)
			rc = err_nomem(e);
	}
	c.pages = (struct reconcile_pages){ .client = &c.client,
		.scope = { .table = r->names->table,
		    .key = r->names->key,
		    .since = r->since,
		    .content = (const char *)c.content.p },
		.each = add_row,
		.arg = &c };
	for (int round = 0; rc == RC_OK && repeat; round++)
		rc = run_round(&c, round == ROUNDS, &repeat, e);
	api_client_destroy(&c.client);
	buf_reset(&c.content);
	if (rc != RC_OK || r->report->settled)
		return rc;
	return err_set(e, RC_RETRY, WHY_NETWORK,
	    "the row counts of the workspace kept changing: run again later, "
	    "or with a shorter --settle");
}
