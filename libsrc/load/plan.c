/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "checkpoint/batch.h"
#include "checkpoint/batch_row.h"
#include "load/arrival_time.h"
#include "load/plan.h"
#include "load/planner.h"
#include "load/segment_jobs.h"
#include "load/session.h"
#include "load/target.h"
#include "sink/sink_table.h"
#include "util/clock.h"

/* Set the limits of the target, and the shortest time that they allow. */
static void
set_limits(const struct load_run *run, struct load_plan *p)
{
	const struct sink *const sink = sink_table_find(run->target->sink);
	const struct load_target *const t = run->target;
	const uint64_t pace = target_share(t, t->limits.calls_a_kilosecond);
	const uint64_t calls = p->left.batches;

	p->max_bytes = sink->max_bytes;
	if (sink->remote == NULL)
		return;
	p->limited = true;
	/* The first request does not wait for the user's pace. */
	const struct {
		uint64_t amount;
		uint64_t rate;
		uint64_t ms; /* period of the rate in ms */
	} limits[] = {
		{ p->left.bytes, target_share(t, sink->remote->bytes_a_minute),
		    60000 },
		{ calls, target_share(t, sink->remote->calls_a_minute), 60000 },
		{ calls > 1 ? calls - 1 : 0, pace, 1000000 },
	};
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		if (limits[i].rate == 0)
			continue;
		const uint64_t ms =
		    limits[i].amount * limits[i].ms / limits[i].rate;
		if (ms > p->least_ms)
			p->least_ms = ms;
	}
}

static void
add_batch(struct load_count *c, const struct batch *b)
{
	c->batches++;
	c->records += b->records;
	c->bytes += b->length;
}

/* Add a batch of segment i that is to be sent. */
static enum rc
add_left(struct load_plan *plan, const struct reader *r, size_t i,
    const struct batch *b, struct err *e)
{
	const struct reader_segment *const s = reader_segment(r, i);
	const struct reader_range range = { i, b->offset, b->length };
	char key[DIGEST_HEX];
	uint64_t bytes = 0;

	const enum rc rc = reader_row_bytes(r, &range, &bytes, e);
	if (rc != RC_OK)
		return rc;
	plan->left.batches++;
	plan->left.records += b->records;
	plan->left.bytes += bytes;
	if (bytes > plan->largest)
		plan->largest = bytes;
	if (plan->each == NULL)
		return RC_OK;
	digest_hex(b->key, DIGEST_BYTES, key);
	const struct load_batch one = { s->name, s->sha256, b->offset,
		b->length, b->records, key, b->ambiguous };
	return plan->each(plan->arg, &one, e);
}

/* --- without a checkpoint ------------------------------------------------ */

static enum rc
draft_batch(struct load_plan *plan, const struct segment_job *job,
    struct batch *b, struct err *e)
{
	if (b->status == BATCH_REFUSED) {
		add_batch(&plan->too_large, b);
		return RC_OK;
	}
	const enum rc rc = batch_row_key(
	    reader_segment(job->reader, job->index)->sha256, b, b->key, e);
	return rc == RC_OK ? add_left(plan, job->reader, job->index, b, e) : rc;
}

static enum rc
draft_segment(
    struct load_plan *plan, const struct segment_job *job, struct err *e)
{
	enum rc rc = job->result.rc;

	if (rc != RC_OK)
		*e = job->result;
	for (size_t i = 0; rc == RC_OK && i < job->n; i++) {
		struct batch b = segment_jobs_batch(job, i);
		rc = draft_batch(plan, job, &b, e);
	}
	plan->skipped += reader_segment(job->reader, job->index)->skipped;
	preflight_add(&plan->preflight, &job->preflight.counts);
	return rc;
}

/* RC_END: no segment is left. */
static enum rc
draft_oldest(const struct load_run *run, struct segment_jobs *jobs,
    struct load_plan *plan, struct err *e)
{
	const struct segment_job *const job = segment_jobs_take(jobs);
	const enum rc rc = job == NULL ? RC_END : draft_segment(plan, job, e);

	return rc == RC_OK ? session_check_stop(run, e) : rc;
}

/* Get a job, for which the oldest segments may have to be drafted first. */
static enum rc
idle_job(const struct load_run *run, struct segment_jobs *jobs,
    struct load_plan *plan, struct segment_job **job, struct err *e)
{
	enum rc rc = RC_OK;

	*job = segment_jobs_new(jobs);
	while (rc == RC_OK && *job == NULL) {
		rc = draft_oldest(run, jobs, plan, e);
		*job = segment_jobs_new(jobs);
	}
	return rc;
}

static enum rc
draft_all(const struct load_run *run, struct segment_jobs *jobs,
    struct load_plan *plan, struct err *e)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < run->n; i++) {
		const struct reader *const reader = run->stagings[i].reader;
		for (size_t k = 0; k < reader_count(reader); k++) {
			struct segment_job *job;
			rc = idle_job(run, jobs, plan, &job, e);
			if (rc != RC_OK)
				return rc;
			job->work = SEGMENT_DIVIDE;
			job->reader = reader;
			job->index = k;
			segment_jobs_submit(jobs, job);
		}
	}
	while (rc == RC_OK)
		rc = draft_oldest(run, jobs, plan, e);
	return rc == RC_END ? RC_OK : rc;
}

enum rc
load_plan(const struct load_run *run, struct load_plan *plan, struct err *e)
{
	const struct sink *const sink = sink_table_find(run->target->sink);
	const struct sink_remote *const remote = sink->remote;
	const struct load_limits *const limits = &run->target->limits;
	struct segment_jobs *jobs = NULL;
	struct preflight preflight;

	preflight_init(&preflight, remote != NULL ? remote->limits : NULL,
	    clock_now(), limits->arrival);
	const struct segment_jobs_options o = { .threads = run->verifiers,
		.sink = sink,
		.preflight = remote != NULL ? &preflight : NULL,
		.span = limits->batch_span_ms * 10000 };
	enum rc rc = arrival_time_check(run, e);
	if (rc == RC_OK)
		rc = segment_jobs_create(&jobs, &o, e);
	if (rc == RC_OK)
		rc = draft_all(run, jobs, plan, e);
	segment_jobs_destroy(jobs);
	plan->all = plan->left;
	plan->all.records += plan->skipped;
	set_limits(run, plan);
	return rc;
}

/* --- in the checkpoint --------------------------------------------------- */

static enum rc
add_planned(struct load_plan *plan, const struct session *s,
    const struct batch *b, struct err *e)
{
	const struct session_segment *const one =
	    session_find_segment(s, b->segment);

	assert(one != NULL);
	return add_left(
	    plan, s->run->stagings[one->staging].reader, one->index, b, e);
}

enum rc
load_plan_keep(
    const struct load_run *run, struct load_plan *plan, struct err *e)
{
	struct load_report report;
	struct session s;
	struct batch b = { .id = 0 };

	session_init(&s, run, &report);
	enum rc rc = arrival_time_check(run, e);
	if (rc == RC_OK)
		rc = target_open_checkpoint(run->target, &s.checkpoint, e);
	if (rc == RC_OK)
		rc = planner_run(&s, e);
	while (rc == RC_OK) {
		rc = batch_next(s.checkpoint, b.id, &b, e);
		if (rc == RC_OK)
			rc = add_planned(plan, &s, &b, e);
	}
	plan->all = report.all;
	plan->preflight = report.preflight;
	plan->too_large.records = report.refused;
	plan->skipped = report.skipped;
	set_limits(run, plan);
	session_close(&s);
	return rc == RC_END ? RC_OK : rc;
}
