/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "checkpoint/batch.h"
#include "checkpoint/checkpoint.h"
#include "load/ask.h"
#include "load/resend.h"
#include "load/stamp.h"
#include "sink/sink_table.h"

struct resend {
	struct load load;
	struct ask ask;
	struct resend_report *report;
	struct buf lines; /* of the next request, each with its LF */
	uint64_t n;       /* how many */
	struct buf body;
};

/* --- sending ------------------------------------------------------------- */

static enum rc
post(struct resend *r, struct span lines, struct err *e)
{
	const struct sink_remote *const sink = r->load.sink->remote;
	const size_t before = strlen(sink->before);
	struct http_answer answer;

	buf_cut(&r->body, 0);
	buf_str(&r->body, sink->before);
	buf_put(&r->body, lines);
	if (r->body.full)
		return err_nomem(e);
	uint8_t *const p = r->body.p + before;
	if (r->load.run->target->limits.arrival)
		stamp_lines(p, lines.n, load_now(&r->load));
	sink->frame(p, lines.n);
	return ask_post(&r->ask, buf_span(&r->body), &answer, e);
}

/* Behind the first half of the lines; all of them if there is one only. */
static size_t
half_of(struct span lines)
{
	const uint8_t *const middle =
	    memchr(lines.p + lines.n / 2, '\n', lines.n - lines.n / 2);
	const size_t n = (size_t)(middle - lines.p) + 1;

	if (n < lines.n)
		return n;
	for (size_t i = lines.n - 1; i > 0; i--)
		if (lines.p[i - 1] == '\n')
			return i;
	return lines.n;
}

/* What the service does not take is halved, down to one record. */
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
	const size_t half = half_of(lines);
	uint64_t first = 0;
	for (size_t i = 0; i < half; i++)
		first += lines.p[i] == '\n';
	rc = send_lines(r, span_of(lines.p, half), first, e);
	return rc != RC_OK
		   ? rc
		   : send_lines(r, span_of(lines.p + half, lines.n - half),
			 n - first, e);
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
add_record(struct resend *r, const struct expect_record *record, struct err *e)
{
	const struct load_run *const run = r->load.run;
	const struct reader_range range = { record->segment, record->offset,
		record->length };
	enum rc rc = RC_OK;

	if (record->length > r->load.sink->max_bytes) {
		r->report->refused++;
		return RC_OK;
	}
	if (r->lines.n > r->load.sink->max_bytes - record->length)
		rc = flush(r, e);
	if (rc == RC_OK)
		rc = reader_read(
		    run->sources[record->source].reader, &range, &r->lines, e);
	r->n++;
	return rc;
}

static enum rc
send_missing(struct resend *r, const struct match *m, struct err *e)
{
	struct sorter_reader *reader = NULL;
	struct match_finding f;
	struct span bytes;
	enum rc rc = sorter_read(&reader, m->findings, e);

	while (rc == RC_OK && (rc = sorter_next(reader, &bytes, e)) == RC_OK) {
		memcpy(&f, bytes.p, sizeof(f));
		if (match_is_missing(&f))
			rc = add_record(r, &f.record, e);
	}
	sorter_reader_destroy(reader);
	return rc == RC_END ? flush(r, e) : rc;
}

/* --- closing ------------------------------------------------------------- */

static enum rc
close_segment(struct resend *r, const char *sha256, struct err *e)
{
	struct batch *all = NULL;
	size_t n = 0;
	enum rc rc = batch_list(r->load.state, sha256, &all, &n, e);

	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		if (all[i].status != BATCH_PLANNED &&
		    all[i].status != BATCH_SENT)
			continue;
		all[i].status = BATCH_ACKED;
		rc = batch_update(r->load.state, &all[i], e);
		r->report->closed++;
	}
	free(all);
	return rc;
}

/* Batches that were never sent, too: all that they have is there. */
static enum rc
close_batches(struct resend *r, struct err *e)
{
	enum rc rc = checkpoint_begin(r->load.state, e);

	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; rc == RC_OK && i < r->load.n; i++) {
		const struct load_segment *const s = &r->load.segments[i];
		rc = close_segment(r,
		    reader_segment(
			r->load.run->sources[s->source].reader, s->index)
			->sha256,
		    e);
	}
	if (rc == RC_OK)
		rc = checkpoint_commit(r->load.state, e);
	if (rc != RC_OK)
		checkpoint_rollback(r->load.state);
	return rc;
}

/* --- all of it ----------------------------------------------------------- */

static enum rc
make_ask(struct resend *r, struct err *e)
{
	const struct load_target *const t = r->load.run->target;
	const struct ask_options o = { .run = r->load.run,
		.timeout_ms = t->timeout_ms,
		.judge = r->load.sink->remote->judge };
	const struct sink_address to = { t->endpoint, t->dcr, t->stream };
	enum rc rc = load_remote_check(t, e);

	if (rc == RC_OK)
		rc = ask_create(&r->ask, &o, e);
	if (rc == RC_OK)
		rc = r->load.sink->remote->url(&to, &r->ask.url, e);
	buf_byte(&r->ask.url, '\0');
	return rc;
}

static enum rc
work(struct resend *r, const struct match *m, bool close, struct err *e)
{
	enum rc rc =
	    load_open_state(r->load.run->target, false, &r->load.state, e);

	if (rc == RC_OK)
		rc = load_open_plan(&r->load, e);
	if (rc == RC_OK)
		rc = make_ask(r, e);
	if (rc == RC_OK)
		rc = send_missing(r, m, e);
	if (rc == RC_OK && close && r->report->refused == 0)
		rc = close_batches(r, e);
	/* The lists beside the checkpoint say what it says. */
	if (rc == RC_OK)
		rc = load_count(&r->load, e);
	return rc == RC_OK ? load_letters(&r->load, e) : rc;
}

enum rc
resend_missing(const struct load_run *run, const struct match *m, bool close,
    struct resend_report *report, struct err *e)
{
	struct load_report counts = { .requests = 0 };
	struct resend r = { .load = { .run = run,
				.sink = sink_table_find(run->target->sink),
				.report = &counts,
				.outside = load_outside_of(run) },
		.report = report };

	buf_init(&r.lines, r.load.sink->max_bytes + 2);
	buf_init(&r.body, r.load.sink->max_bytes + 4);
	const enum rc rc = work(&r, m, close, e);
	if (r.ask.transport != NULL)
		ask_destroy(&r.ask);
	free(r.load.segments);
	checkpoint_close(r.load.state);
	buf_reset(&r.lines);
	buf_reset(&r.body);
	return rc;
}
