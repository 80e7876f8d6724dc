/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "checkpoint/batch.h"
#include "load/api_client.h"
#include "load/arrival_time.h"
#include "load/batch_text.h"
#include "load/planner.h"
#include "load/reports.h"
#include "load/resend.h"
#include "load/target.h"

struct resend {
	struct session session;
	struct api_client client;
	struct resend_report *report;
	struct buf lines; /* lines of the next request, each with its LF */
	uint64_t n;       /* number of lines in `lines` */
	struct buf body;
};

/* --- sending ------------------------------------------------------------- */

static enum rc
post(struct resend *r, struct span lines, struct err *e)
{
	const struct session *const s = &r->session;
	const struct sink_remote *const sink = s->sink->remote;
	const size_t before = strlen(sink->before);
	struct http_answer answer;

	buf_cut(&r->body, 0);
	buf_str(&r->body, sink->before);
	buf_put(&r->body, lines);
	if (r->body.full)
		return err_nomem(e);
	uint8_t *const p = r->body.p + before;
	if (s->run->target->limits.arrival)
		arrival_time_write(p, lines.n, session_now(s));
	sink->frame(p, lines.n);
	return api_client_post(&r->client, buf_span(&r->body), &answer, e);
}

/* Send lines. If the service wants a smaller request, send halves, down to
 * single records. */
static enum rc
send_lines(struct resend *r, struct span lines, uint64_t n, struct err *e)
{
	enum rc rc = post(r, lines, e);

	if (rc == RC_OK) {
		r->report->sent += n;
		return RC_OK;
	}
	if (rc != RC_SKIP)
		return rc;
	if (n == 1) {
		r->report->refused++;
		return RC_OK;
	}
	const struct span half = batch_text_lines(lines, n / 2);
	rc = send_lines(r, half, n / 2, e);
	lines = span_of(lines.p + half.n, lines.n - half.n);
	return rc == RC_OK ? send_lines(r, lines, n - n / 2, e) : rc;
}

static enum rc
flush(struct resend *r, struct err *e)
{
	const enum rc rc =
	    r->n == 0 ? RC_OK : send_lines(r, buf_span(&r->lines), r->n, e);

	buf_cut(&r->lines, 0);
	r->n = 0;
	return rc;
}

static enum rc
send_missing(struct resend *r, const struct reconcile_match *m, struct err *e)
{
	const struct session *const s = &r->session;
	const uint64_t max = s->sink->max_bytes;
	struct sorter_reader *reader = NULL;
	struct reconcile_finding f;
	struct span bytes;
	enum rc rc = sorter_read(&reader, m->findings, e);

	while (rc == RC_OK && (rc = sorter_next(reader, &bytes, e)) == RC_OK) {
		memcpy(&f, bytes.p, sizeof(f));
		const struct reader_range range = { f.record.segment,
			f.record.offset, f.record.length };
		if (f.kind != RECONCILE_MISSING)
			continue;
		if (range.length > max) {
			r->report->refused++;
			continue;
		}
		if (r->lines.n > max - range.length)
			rc = flush(r, e);
		if (rc == RC_OK)
			rc = reader_read(
			    s->run->stagings[f.record.staging].reader, &range,
			    &r->lines, e);
		r->n++;
	}
	sorter_reader_destroy(reader);
	return rc == RC_END ? flush(r, e) : rc;
}

/* --- closing batches ----------------------------------------------------- */

/* The findings that keep a batch open: records without a key. */
struct keyless {
	struct sorter_reader *reader;
	struct expected_record next;
	bool more; /* `next` contains a finding */
};

static enum rc
read_keyless(struct keyless *k, struct err *e)
{
	struct reconcile_finding f;
	struct span bytes;
	enum rc rc = RC_OK;

	k->more = false;
	while (!k->more && (rc = sorter_next(k->reader, &bytes, e)) == RC_OK) {
		memcpy(&f, bytes.p, sizeof(f));
		k->more = f.kind == RECONCILE_KEYLESS;
		k->next = f.record;
	}
	return rc == RC_END ? RC_OK : rc;
}

/* Set *found: true if a record without a key is before the place, and advance
 * to the place. Places must not decrease. */
static enum rc
find_keyless(struct keyless *k, const struct expected_record *place,
    bool *found, struct err *e)
{
	enum rc rc = RC_OK;

	*found = false;
	while (
	    rc == RC_OK && k->more && expected_by_place(&k->next, place) < 0) {
		*found = true;
		rc = read_keyless(k, e);
	}
	return rc;
}

static int
by_place(const void *a, const void *b)
{
	const struct session_segment *const x = a;
	const struct session_segment *const y = b;

	if (x->staging != y->staging)
		return x->staging < y->staging ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

/* Acknowledge the open batches of a segment, also those that were never sent:
 * the workspace has all of their records. */
static enum rc
close_segment(struct resend *r, const struct session_segment *segment,
    struct keyless *keyless, struct err *e)
{
	struct session *const s = &r->session;
	const struct reader *const reader =
	    s->run->stagings[segment->staging].reader;
	struct expected_record place = { .staging = (uint32_t)segment->staging,
		.segment = (uint32_t)segment->index };
	struct batch *all = NULL;
	bool has_keyless = false;
	size_t n = 0;
	enum rc rc = batch_list(s->checkpoint,
	    reader_segment(reader, segment->index)->sha256, &all, &n, e);

	/* Skip the records of segments that are not loaded. */
	if (rc == RC_OK)
		rc = find_keyless(keyless, &place, &has_keyless, e);
	for (size_t k = 0; rc == RC_OK && k < n; k++) {
		place.offset = all[k].offset + all[k].length;
		rc = find_keyless(keyless, &place, &has_keyless, e);
		if (rc != RC_OK || (all[k].status != BATCH_PLANNED &&
				       all[k].status != BATCH_SENT))
			continue;
		if (has_keyless) {
			r->report->kept++;
			continue;
		}
		all[k].status = BATCH_ACKED;
		rc = batch_update(s->checkpoint, &all[k], e);
		r->report->closed++;
	}
	free(all);
	return rc;
}

static enum rc
close_batches(struct resend *r, const struct reconcile_match *m, struct err *e)
{
	struct session *const s = &r->session;
	struct keyless keyless = { .reader = NULL };
	struct session_segment *const sorted =
	    calloc(s->n + 1, sizeof(*sorted));
	enum rc rc = sorted == NULL ? err_nomem(e) : session_begin(s, e);

	if (rc == RC_OK) {
		memcpy(sorted, s->segments, s->n * sizeof(*sorted));
		qsort(sorted, s->n, sizeof(*sorted), by_place);
		rc = sorter_read(&keyless.reader, m->findings, e);
	}
	if (rc == RC_OK)
		rc = read_keyless(&keyless, e);
	for (size_t i = 0; rc == RC_OK && i < s->n; i++)
		rc = close_segment(r, &sorted[i], &keyless, e);
	sorter_reader_destroy(keyless.reader);
	free(sorted);
	return rc == RC_OK ? session_commit(s, e) : rc;
}

/* --- the whole resend ---------------------------------------------------- */

static enum rc
run_resend(struct resend *r, const struct reconcile_match *m, struct err *e)
{
	struct session *const s = &r->session;
	const struct load_target *const t = s->run->target;
	const struct api_client_options o = { .run = s->run,
		.timeout_ms = t->timeout_ms,
		.wait_ms = t->wait_ms,
		.judge = s->sink->remote->judge };
	enum rc rc = target_open_checkpoint(t, &s->checkpoint, e);

	if (rc == RC_OK)
		rc = planner_run(s, e);
	if (rc == RC_OK)
		rc = target_check(t, e);
	if (rc == RC_OK)
		rc = api_client_create(&r->client, &o, e);
	if (rc == RC_OK)
		rc = target_url(t, &r->client.url, e);
	if (rc == RC_OK)
		rc = send_missing(r, m, e);
	if (rc == RC_OK && r->report->refused == 0)
		rc = close_batches(r, m, e);
	session_rollback(s);
	/* The files beside the checkpoint must agree with it. */
	if (rc == RC_OK)
		rc = session_count(s, e);
	return rc == RC_OK ? reports_write(s, e) : rc;
}

enum rc
resend_missing(const struct load_run *run, const struct reconcile_match *m,
    struct resend_report *report, struct err *e)
{
	struct load_report counts;
	struct resend r = { .report = report };

	session_init(&r.session, run, &counts);
	buf_init(&r.lines, r.session.sink->max_bytes + 2);
	buf_init(&r.body, r.session.sink->max_bytes + 4);
	const enum rc rc = run_resend(&r, m, e);
	api_client_destroy(&r.client);
	session_close(&r.session);
	buf_reset(&r.lines);
	buf_reset(&r.body);
	return rc;
}
