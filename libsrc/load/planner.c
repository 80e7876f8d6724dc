/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "checkpoint/batch.h"
#include "checkpoint/meta.h"
#include "checkpoint/scope.h"
#include "load/batcher.h"
#include "load/planner.h"
#include "load/row_time.h"
#include "load/skipped_rows.h"

struct planner {
	struct session *session;
	struct preflight preflight;
	const struct reader *reader; /* reader of the segment at `index` */
	size_t index;
	const char *sha256;
	/* The checkpoint already has a staging of the run's collection, so the
	 * first staging may be added to it. */
	bool joins;
	/* The next batch of a known segment that is still to be sent; records
	 * is 0 if there is none. */
	struct batch left;
};

static enum rc
check_stop(const struct session *s, struct err *e)
{
	return session_is_stopped(s->run)
		   ? err_set(e, RC_FATAL, WHY_STOPPED,
			 "interrupted before anything was sent")
		   : RC_OK;
}

/* --- a segment that is new to the checkpoint ----------------------------- */

static enum rc
add_batch(void *arg, struct batch *b, struct err *e)
{
	const struct planner *const p = arg;
	struct checkpoint *const checkpoint = p->session->checkpoint;
	char text[120];
	enum rc rc = check_stop(p->session, e);

	if (rc == RC_OK)
		rc = batch_add(checkpoint, p->sha256, b, e);
	if (rc != RC_OK || b->status != BATCH_REFUSED)
		return rc;
	const struct reader_range range = { p->index, b->offset, b->length };
	struct reader_range row;
	rc = reader_run(p->reader, &range, &row, e);
	if (rc != RC_OK)
		return rc;
	(void)snprintf(text, sizeof(text),
	    "a record of %llu bytes is over the target's limit of %llu",
	    (unsigned long long)row.length - 1,
	    (unsigned long long)p->session->sink->max_bytes - 1);
	const struct batch_refusal refusal = { .segment = b->segment,
		.offset = row.offset,
		.length = row.length - 1,
		.text = text,
		.batch = b->id };
	return batch_add_refusal(checkpoint, &refusal, e);
}

/* --- a segment that is planned already ----------------------------------- */

static enum rc
find_left(struct planner *p, uint64_t from, struct err *e)
{
	const int64_t segment = p->left.segment;
	const enum rc rc = batch_next_of_segment(
	    p->session->checkpoint, segment, from, &p->left, e);

	if (rc != RC_END)
		return rc;
	p->left = (struct batch){ .segment = segment };
	return RC_OK;
}

/* Only records that are still to be sent count for the preflight. */
static enum rc
count_left(void *arg, const struct scan_line *line, struct err *e)
{
	struct planner *const p = arg;
	const struct batch *const b = &p->left;
	enum rc rc = check_stop(p->session, e);

	if (rc == RC_OK && b->records > 0 &&
	    line->offset >= b->offset + b->length)
		rc = find_left(p, line->offset, e);
	if (rc == RC_OK && b->records > 0 && line->offset >= b->offset)
		preflight_count(
		    &p->preflight, line->text, row_time_read(line->text));
	return rc;
}

/* --- all segments -------------------------------------------------------- */

/* Divide a segment that is new to the checkpoint. */
static enum rc
plan_new(struct planner *p, struct scope_segment *known, struct err *e)
{
	struct session *const s = p->session;
	const char *const collection = s->run->collection;
	struct batcher batcher = { .sink = s->sink,
		.preflight = s->sink->remote != NULL ? &p->preflight : NULL,
		.span = s->run->target->limits.batch_span_ms * 10000,
		.add = add_batch,
		.arg = p };

	(void)snprintf(known->collection, sizeof(known->collection), "%s",
	    collection != NULL ? collection : "");
	known->skipped = reader_segment(p->reader, p->index)->skipped;
	const enum rc rc = scope_set_segment(s->checkpoint, known, e);
	return rc == RC_OK
		   ? batcher_scan(&batcher, p->reader, p->index, known->id, e)
		   : rc;
}

static enum rc
plan_segment(struct planner *p, size_t staging, size_t i, struct err *e)
{
	struct session *const s = p->session;
	struct reader *const reader = s->run->stagings[staging].reader;
	const struct reader_segment *const meta = reader_segment(reader, i);
	const struct scan_visit visit = { count_left, p };
	struct scope_segment known;
	enum rc rc = scope_add_segment(s->checkpoint, meta->sha256, &known, e);

	if (rc != RC_OK)
		return rc;
	if (known.seen)
		s->report->same += meta->lines;
	else
		s->segments[s->n++] =
		    (struct session_segment){ known.id, staging, i };
	p->reader = reader;
	p->index = i;
	p->sha256 = meta->sha256;
	if (!known.planned && !known.seen)
		return plan_new(p, &known, e);
	rc = skipped_rows_restore(s->run, reader, i, &known, e);
	if (rc != RC_OK || s->sink->remote == NULL)
		return rc == RC_OK ? reader_scan(reader, i, NULL, e) : rc;
	p->left = (struct batch){ .segment = known.id };
	rc = find_left(p, 0, e);
	return rc == RC_OK ? reader_scan(reader, i, &visit, e) : rc;
}

/* True if the staging had that digest before evtxstage --append added to it. */
static bool
grew_from(const void *arg, const char *digest)
{
	return reader_grew_from(arg, digest);
}

static enum rc
plan_staging(struct planner *p, size_t i, struct err *e)
{
	struct session *const s = p->session;
	const bool local = s->sink->local != NULL;
	const struct reader *const reader = s->run->stagings[i].reader;
	const struct scope_staging staging = { .digest = reader_digest(reader),
		.schema = reader_schema(reader),
		.name = reader_dir(reader),
		/* Stagings of one run share a checkpoint. A database accepts
		 * any staging, since each of its rows records its origin. */
		.join = i > 0 || local || p->joins,
		.grew_from = grew_from,
		.arg = reader };
	enum rc rc = scope_add_staging(s->checkpoint, &staging, e);

	if (rc == RC_OK && local)
		rc = meta_check_key_version(
		    s->checkpoint, reader_key_version(reader), e);
	for (size_t k = 0; rc == RC_OK && k < reader_count(reader); k++) {
		rc = plan_segment(p, i, k, e);
		if (rc == RC_OK)
			rc = check_stop(s, e);
		if (rc == RC_OK && session_is_expired(s))
			rc =
			    session_limit_error(s, "--max-duration reached", e);
	}
	return rc;
}

static enum rc
count_revived(void *arg, uint64_t n, struct err *e)
{
	struct session *const s = arg;

	s->report->revived = n;
	session_progress(s);
	return check_stop(s, e);
}

/* The stagings of a collection join a checkpoint that has one of them: loading
 * may have started before the collection existed. */
static enum rc
find_joins(struct planner *p, struct err *e)
{
	const struct load_run *const run = p->session->run;
	enum rc rc = RC_OK;

	for (size_t i = 0;
	     rc == RC_OK && !p->joins && run->collection != NULL && i < run->n;
	     i++)
		rc = scope_has_staging(p->session->checkpoint,
		    reader_digest(run->stagings[i].reader), &p->joins, e);
	return rc;
}

/* Check that the batches cover the segments, and that batches and skipped rows
 * together have all of their lines. */
static enum rc
check_complete(const struct session *s, struct err *e)
{
	uint64_t bytes = 0;
	uint64_t lines = s->report->same;

	for (size_t i = 0; i < s->n; i++) {
		const struct session_segment *const one = &s->segments[i];
		const struct reader_segment *const meta = reader_segment(
		    s->run->stagings[one->staging].reader, one->index);
		lines += meta->lines;
		/* A segment with only skipped rows has no batch. */
		bytes += meta->skipped < meta->lines ? meta->bytes : 0;
	}
	if (s->report->all.bytes == bytes && s->report->all.records == lines)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_CORRUPT,
	    "the checkpoint is damaged: its batches do not cover the "
	    "segments; restore it from a copy");
}

static enum rc
plan_all(struct planner *p, struct err *e)
{
	struct session *const s = p->session;
	const struct batch_requeue revival = { count_revived, s };
	const char *const part = s->run->target->part;
	enum rc rc =
	    meta_check_part(s->checkpoint, part != NULL ? part : "", e);

	if (rc == RC_OK)
		rc = find_joins(p, e);
	for (size_t i = 0; rc == RC_OK && i < s->run->n; i++)
		rc = plan_staging(p, i, e);
	if (rc == RC_OK)
		rc = batch_requeue_unanswered(
		    s->checkpoint, &s->report->resumed, e);
	if (rc == RC_OK && s->run->retry_dead) {
		rc = session_count(s, e);
		s->report->dead = s->report->refused;
		if (rc == RC_OK)
			rc = batch_requeue_refused(s->checkpoint, &revival, e);
		s->report->dead = 0;
	}
	if (rc == RC_OK)
		rc = session_count(s, e);
	return rc == RC_OK ? check_complete(s, e) : rc;
}

enum rc
planner_run(struct session *s, struct err *e)
{
	const struct sink_remote *const remote = s->sink->remote;
	const struct load_target *const t = s->run->target;
	struct planner p = { .session = s };
	size_t n = 0;

	for (size_t i = 0; i < s->run->n; i++)
		n += reader_count(s->run->stagings[i].reader);
	preflight_init(&p.preflight, remote != NULL ? remote->limits : NULL,
	    session_now(s), t->limits.arrival);
	s->segments = calloc(n + 1, sizeof(*s->segments));
	if (s->segments == NULL)
		return err_nomem(e);
	enum rc rc = session_begin(s, e);
	if (rc != RC_OK)
		return rc;
	rc = plan_all(&p, e);
	if (rc == RC_OK)
		rc = session_commit(s, e);
	session_rollback(s);
	session_sort_segments(s);
	s->report->to_do = s->report->left.records;
	s->report->before = s->report->acked.records;
	if (t->hold)
		batch_skip_ambiguous(s->checkpoint);
	s->report->preflight = p.preflight.counts;
	return rc;
}
