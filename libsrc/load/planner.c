/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "checkpoint/batch.h"
#include "checkpoint/meta.h"
#include "checkpoint/scope.h"
#include "load/planner.h"
#include "load/segment_jobs.h"
#include "load/skipped_rows.h"

struct planner {
	struct session *session;
	struct load_preflight counts;
	struct segment_jobs *jobs;
	/* The next segment to be submitted. */
	size_t staging;
	size_t index;
	/* The checkpoint already has a staging of the run's collection, so the
	 * first staging may be added to it. */
	bool joins;
};

static enum rc
check_stop(const struct session *s, struct err *e)
{
	return session_is_stopped(s->run)
		   ? err_set(e, RC_FATAL, WHY_STOPPED,
			 "interrupted before anything was sent")
		   : RC_OK;
}

/* --- before a segment is verified ---------------------------------------- */

/* Only records that are still to be sent count for the preflight. */
static enum rc
find_left(const struct planner *p, struct segment_job *job, struct err *e)
{
	struct batch b = { .id = 0 };
	enum rc rc = RC_OK;

	while (rc == RC_OK) {
		rc = batch_next_of_segment(p->session->checkpoint, job->id,
		    b.offset + b.length, &b, e);
		const struct segment_part part = { .offset = b.offset,
			.length = b.length };
		if (rc == RC_OK)
			rc = segment_jobs_add_part(job, &part, e);
	}
	return rc == RC_END ? RC_OK : rc;
}

/* A segment that is new to the checkpoint is divided. */
static enum rc
set_new(const struct planner *p, struct segment_job *job,
    struct scope_segment *known, struct err *e)
{
	const struct session *const s = p->session;
	const char *const collection = s->run->collection;

	job->work = SEGMENT_DIVIDE;
	(void)snprintf(known->collection, sizeof(known->collection), "%s",
	    collection != NULL ? collection : "");
	known->skipped = reader_segment(job->reader, job->index)->skipped;
	return scope_set_segment(s->checkpoint, known, e);
}

static enum rc
prepare_segment(struct planner *p, struct segment_job *job, struct err *e)
{
	struct session *const s = p->session;
	struct reader *const reader = s->run->stagings[p->staging].reader;
	const struct reader_segment *const meta =
	    reader_segment(reader, p->index);
	struct scope_segment known;
	enum rc rc = scope_add_segment(s->checkpoint, meta->sha256, &known, e);

	if (rc != RC_OK)
		return rc;
	if (known.seen)
		s->report->same += meta->lines;
	else
		s->segments[s->n++] =
		    (struct session_segment){ known.id, p->staging, p->index };
	job->reader = reader;
	job->index = p->index;
	job->staging = p->staging;
	job->id = known.id;
	if (!known.planned && !known.seen)
		return set_new(p, job, &known, e);
	rc = skipped_rows_restore(s->run, reader, p->index, &known, e);
	job->work = known.seen ? SEGMENT_VERIFY : SEGMENT_COUNT;
	return rc == RC_OK && job->work == SEGMENT_COUNT &&
		       s->sink->remote != NULL
		   ? find_left(p, job, e)
		   : rc;
}

/* True if the staging had that digest before evtxstage --append added to it. */
static bool
grew_from(const void *arg, const char *digest)
{
	return reader_grew_from(arg, digest);
}

static enum rc
start_staging(const struct planner *p, struct err *e)
{
	const struct session *const s = p->session;
	const bool local = s->sink->local != NULL;
	const struct reader *const reader = s->run->stagings[p->staging].reader;
	const struct scope_staging staging = { .digest = reader_digest(reader),
		.schema = reader_schema(reader),
		.name = reader_dir(reader),
		/* Stagings of one run share a checkpoint. A database accepts
		 * any staging, since each of its rows records its origin. */
		.join = p->staging > 0 || local || p->joins,
		.grew_from = grew_from,
		.arg = reader };
	const enum rc rc = scope_add_staging(s->checkpoint, &staging, e);

	return rc == RC_OK && local ? meta_check_key_version(s->checkpoint,
					  reader_key_version(reader), e)
				    : rc;
}

/* Submit the next segment, or a staging without segments. A failure becomes the
 * job's result, so that it is reported after those of earlier segments. False
 * if nothing is left to submit. */
static bool
submit_next(struct planner *p, struct segment_job *job)
{
	const struct load_run *const run = p->session->run;
	const size_t n = reader_count(run->stagings[p->staging].reader);
	enum rc rc = p->index == 0 ? start_staging(p, &job->result) : RC_OK;

	if (rc == RC_OK && p->index < n)
		rc = prepare_segment(p, job, &job->result);
	if (rc != RC_OK)
		job->work = SEGMENT_NONE;
	segment_jobs_submit(p->jobs, job);
	p->index++;
	if (p->index >= n) {
		p->index = 0;
		p->staging++;
	}
	return rc == RC_OK && p->staging < run->n;
}

/* --- after a segment was verified ---------------------------------------- */

static enum rc
refuse_record(const struct planner *p, const struct segment_job *job,
    const struct batch *b, struct err *e)
{
	const uint64_t max = p->session->sink->max_bytes;
	const struct reader_range range = { job->index, b->offset, b->length };
	struct reader_range row;
	char text[120];
	const enum rc rc = reader_run(job->reader, &range, &row, e);

	if (rc != RC_OK)
		return rc;
	(void)snprintf(text, sizeof(text),
	    "a record of %llu bytes is over the target's limit of %llu",
	    (unsigned long long)row.length - 1, (unsigned long long)max - 1);
	const struct batch_refusal refusal = { .segment = b->segment,
		.offset = row.offset,
		.length = row.length - 1,
		.text = text,
		.batch = b->id };
	return batch_add_refusal(p->session->checkpoint, &refusal, e);
}

static enum rc
add_batches(
    const struct planner *p, const struct segment_job *job, struct err *e)
{
	const char *const sha256 =
	    reader_segment(job->reader, job->index)->sha256;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < job->n; i++) {
		struct batch b = segment_jobs_batch(job, i);
		rc = check_stop(p->session, e);
		if (rc == RC_OK)
			rc = batch_add(p->session->checkpoint, sha256, &b, e);
		if (rc == RC_OK && b.status == BATCH_REFUSED)
			rc = refuse_record(p, job, &b, e);
	}
	return rc;
}

static enum rc
finish_segment(struct planner *p, const struct segment_job *job, struct err *e)
{
	struct session *const s = p->session;
	enum rc rc = RC_OK;

	if (job->result.rc != RC_OK) {
		*e = job->result;
		return e->rc;
	}
	if (job->work == SEGMENT_DIVIDE)
		rc = add_batches(p, job, e);
	preflight_add(&p->counts, &job->preflight.counts);
	if (rc == RC_OK)
		rc = check_stop(s, e);
	if (rc == RC_OK && session_is_expired(s))
		rc = session_limit_error(s, "--max-duration reached", e);
	return rc;
}

/* --- all segments -------------------------------------------------------- */

static enum rc
plan_segments(struct planner *p, struct err *e)
{
	bool more = p->session->run->n > 0;
	enum rc rc = RC_OK;

	while (rc == RC_OK) {
		struct segment_job *job = NULL;
		while (more && (job = segment_jobs_new(p->jobs)) != NULL)
			more = submit_next(p, job);
		job = segment_jobs_take(p->jobs);
		if (job == NULL)
			break;
		rc = finish_segment(p, job, e);
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
	if (rc == RC_OK)
		rc = plan_segments(p, e);
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
	struct preflight preflight;
	size_t n = 0;

	for (size_t i = 0; i < s->run->n; i++)
		n += reader_count(s->run->stagings[i].reader);
	preflight_init(&preflight, remote != NULL ? remote->limits : NULL,
	    session_now(s), t->limits.arrival);
	s->segments = calloc(n + 1, sizeof(*s->segments));
	if (s->segments == NULL)
		return err_nomem(e);
	const struct segment_jobs_options o = { .threads = s->run->verifiers,
		.sink = s->sink,
		.preflight = remote != NULL ? &preflight : NULL,
		.span = t->limits.batch_span_ms * 10000 };
	enum rc rc = segment_jobs_create(&p.jobs, &o, e);
	if (rc == RC_OK)
		rc = session_begin(s, e);
	if (rc == RC_OK)
		rc = plan_all(&p, e);
	segment_jobs_destroy(p.jobs);
	if (rc == RC_OK)
		rc = session_commit(s, e);
	session_rollback(s);
	session_sort_segments(s);
	s->report->to_do = s->report->left.records;
	s->report->before = s->report->acked.records;
	if (t->hold)
		batch_skip_ambiguous(s->checkpoint);
	s->report->preflight = p.counts;
	return rc;
}
