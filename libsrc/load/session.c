/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint/checkpoint.h"
#include "checkpoint/totals.h"
#include "http/transport.h"
#include "load/session.h"
#include "sink/sink_table.h"
#include "util/clock.h"

/* Number of compressing threads: one is slower than the service accepts data.
 */
#define COMPRESSORS 2

void
session_init(
    struct session *s, const struct load_run *run, struct load_report *report)
{
	memset(report, 0, sizeof(*report));
	*s = (struct session){ .run = run,
		.sink = sink_table_find(run->target->sink),
		.environment = session_environment(run),
		.report = report };
	assert(s->sink != NULL && run->n > 0);
	s->began_ms = session_ms(s);
}

void
session_close(struct session *s)
{
	session_rollback(s);
	free(s->segments);
	checkpoint_close(s->checkpoint);
}

/* --- the run ------------------------------------------------------------- */

const struct load_environment *
session_environment(const struct load_run *run)
{
	static const struct load_environment real = { &clock_system,
		&transport_http, COMPRESSORS };

	return run->environment != NULL ? run->environment : &real;
}

bool
session_is_stopped(const struct load_run *run)
{
	return run->stop != NULL && *run->stop != 0;
}

enum rc
session_check_stop(const struct load_run *run, struct err *e)
{
	return session_is_stopped(run)
		   ? err_set(e, RC_FATAL, WHY_STOPPED, "interrupted")
		   : RC_OK;
}

void
session_note(const struct load_run *run, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (run->note == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	run->note(run->arg, text);
}

int64_t
session_ms(const struct session *s)
{
	return s->environment->clock->ms();
}

int64_t
session_now(const struct session *s)
{
	return s->environment->clock->now();
}

bool
session_is_expired(const struct session *s)
{
	const uint64_t limit = s->run->target->limits.ms;

	return limit != 0 && session_ms(s) - s->began_ms >= (int64_t)limit;
}

enum rc
session_limit_error(const struct session *s, const char *why, struct err *e)
{
	const uint64_t left = s->report->left.records;

	return err_set(e, RC_RETRY, WHY_STOPPED,
	    "%s with %llu record%s left: run again to resume", why,
	    (unsigned long long)left, left == 1 ? "" : "s");
}

void
session_progress(struct session *s)
{
	s->report->ms = session_ms(s) - s->began_ms;
	if (s->run->progress != NULL)
		s->run->progress(s->run->arg, s->report);
}

/* --- the checkpoint ------------------------------------------------------ */

enum rc
session_begin(struct session *s, struct err *e)
{
	if (s->in_transaction)
		return RC_OK;
	const enum rc rc = checkpoint_begin(s->checkpoint, e);
	s->in_transaction = rc == RC_OK;
	return rc;
}

enum rc
session_commit(struct session *s, struct err *e)
{
	if (!s->in_transaction)
		return RC_OK;
	const enum rc rc = checkpoint_commit(s->checkpoint, e);
	if (rc == RC_OK)
		s->in_transaction = false;
	else
		session_rollback(s);
	return rc;
}

void
session_rollback(struct session *s)
{
	if (s->in_transaction)
		checkpoint_rollback(s->checkpoint);
	s->in_transaction = false;
}

static struct load_count
count_of(const struct totals_count *c)
{
	return (struct load_count){ c->batches, c->records, c->bytes };
}

void
session_put_totals(const struct totals *from, struct load_report *report)
{
	report->all = count_of(&from->all);
	report->acked = count_of(&from->acked);
	report->left = count_of(&from->left);
	report->ambiguous = count_of(&from->ambiguous);
	report->held = count_of(&from->doubtful);
	report->already = from->already;
	report->repeated = from->repeated;
	report->conflicts = from->conflicts;
	report->refused = from->refused_records;
	report->skipped = from->skipped;
	report->all.records += from->skipped;
	report->attempts = from->attempts;
}

enum rc
session_count(struct session *s, struct err *e)
{
	struct load_report *const report = s->report;
	struct totals totals;
	const enum rc rc =
	    totals_read(s->checkpoint, TOTALS_OF_RUN, &totals, e);

	if (rc == RC_OK) {
		session_put_totals(&totals, report);
		report->all.records += report->same;
		report->repeated += report->same;
	}
	if (!s->run->target->hold)
		report->held = (struct load_count){ .batches = 0 };
	return rc;
}

uint64_t
load_new_records(const struct load_report *r)
{
	return r->acked.records + r->same - r->already - r->repeated;
}

static void
add_count(struct load_count *to, const struct load_count *c)
{
	to->batches += c->batches;
	to->records += c->records;
	to->bytes += c->bytes;
}

void
load_report_add(struct load_report *sum, const struct load_report *more)
{
	add_count(&sum->all, &more->all);
	add_count(&sum->acked, &more->acked);
	add_count(&sum->left, &more->left);
	add_count(&sum->ambiguous, &more->ambiguous);
	add_count(&sum->held, &more->held);
	sum->already += more->already;
	sum->repeated += more->repeated;
	sum->conflicts += more->conflicts;
	sum->refused += more->refused;
	sum->skipped += more->skipped;
	sum->attempts += more->attempts;
}

enum rc
session_check_refused(const struct session *s, struct err *e)
{
	const unsigned limit = s->run->target->max_dead;
	const uint64_t refused = s->report->refused;

	if (refused <= limit)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_REFUSED,
	    "%llu record%s refused permanently, more than --max-dead %u: "
	    "stopped; see dead.ndjson for the reasons",
	    (unsigned long long)refused, refused == 1 ? " was" : "s were",
	    limit);
}

/* --- segments ------------------------------------------------------------ */

static int
by_id(const void *a, const void *b)
{
	const int64_t x = ((const struct session_segment *)a)->id;
	const int64_t y = ((const struct session_segment *)b)->id;

	return (x > y) - (x < y);
}

void
session_sort_segments(struct session *s)
{
	qsort(s->segments, s->n, sizeof(*s->segments), by_id);
}

const struct session_segment *
session_find_segment(const struct session *s, int64_t id)
{
	const struct session_segment wanted = { .id = id };

	return s->n == 0
		   ? NULL
		   : bsearch(&wanted, s->segments, s->n, sizeof(wanted), by_id);
}

const struct reader_segment *
session_segment_of(const struct session *s, const struct batch *b)
{
	const struct session_segment *const segment =
	    session_find_segment(s, b->segment);

	/* batch_next() returns batches of this run only. */
	assert(segment != NULL);
	return reader_segment(
	    s->run->stagings[segment->staging].reader, segment->index);
}

enum rc
session_stretch(const struct session *s, struct batch *b, struct err *e)
{
	const struct session_segment *const segment =
	    session_find_segment(s, b->segment);

	assert(segment != NULL);
	struct reader_range range = { segment->index, b->offset, b->length };
	const enum rc rc = reader_stretch(
	    s->run->stagings[segment->staging].reader, &range, e);
	b->length = range.length;
	return rc;
}

enum rc
session_first_row(const struct session *s, const struct batch *b,
    struct reader_range *row, struct err *e)
{
	const struct session_segment *const segment =
	    session_find_segment(s, b->segment);

	assert(segment != NULL);
	const struct reader_range range = { segment->index, b->offset,
		b->length };
	return reader_run(
	    s->run->stagings[segment->staging].reader, &range, row, e);
}

enum rc
session_read_batch(const struct session *s, const struct batch *b,
    struct buf *out, struct err *e)
{
	const struct session_segment *const segment =
	    session_find_segment(s, b->segment);

	assert(segment != NULL);
	const struct reader_range range = { segment->index, b->offset,
		b->length };
	return reader_read(
	    s->run->stagings[segment->staging].reader, &range, out, e);
}
