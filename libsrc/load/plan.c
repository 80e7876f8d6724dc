/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint/batch.h"
#include "checkpoint/batch_row.h"
#include "checkpoint/checkpoint.h"
#include "load/inner.h"
#include "load/stamp.h"
#include "sink/sink_table.h"
#include "util/clock.h"

/* --- how long ------------------------------------------------------------ */

static uint64_t
most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Without overflow for any amount that there is on a disk. */
static uint64_t
time_for(uint64_t amount, uint64_t a_minute)
{
	return a_minute == 0 ? 0 : amount * 60000 / a_minute;
}

static void
least_time(const struct load_run *run, struct load_plan *p)
{
	const struct sink_remote *const remote =
	    sink_table_find(run->target->sink)->remote;
	const uint64_t pace = run->target->limits.calls_a_kilosecond;
	const uint64_t calls = p->left.batches;

	if (remote == NULL)
		return;
	p->limited = true;
	p->least_ms = most(time_for(p->left.bytes, remote->bytes_a_minute),
	    time_for(calls, remote->calls_a_minute));
	/* The first goes at once. */
	if (pace != 0 && calls > 1)
		p->least_ms = most(p->least_ms, (calls - 1) * 1000000 / pace);
}

/* --- batches ------------------------------------------------------------- */

static void
add(struct load_count *c, const struct batch *b)
{
	c->batches++;
	c->records += b->records;
	c->bytes += b->length;
}

/* One that is to be sent. */
static enum rc
take(struct load_plan *plan, const struct reader_segment *s,
    const struct batch *b, struct err *e)
{
	char key[DIGEST_HEX];

	add(&plan->left, b);
	plan->largest = most(plan->largest, b->length);
	if (plan->each == NULL)
		return RC_OK;
	digest_hex(b->key, DIGEST_BYTES, key);
	const struct load_batch one = { s->name, s->sha256, b->offset,
		b->length, b->records, key, b->ambiguous };
	return plan->each(plan->arg, &one, e);
}

/* --- from nothing -------------------------------------------------------- */

struct draft {
	struct load_plan *plan;
	const struct reader_segment *segment;
};

static enum rc
draft_batch(struct load_cut *cut, struct batch *b, struct err *e)
{
	const struct draft *const d = cut->arg;

	if (b->status == BATCH_REFUSED) {
		add(&d->plan->too_large, b);
		return RC_OK;
	}
	const enum rc rc = batch_row_key(d->segment->sha256, b, b->key, e);
	return rc == RC_OK ? take(d->plan, d->segment, b, e) : rc;
}

static enum rc
draft_source(struct load_cut *cut, const struct reader *reader, struct err *e)
{
	struct draft *const d = cut->arg;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < reader_count(reader); i++) {
		d->segment = reader_segment(reader, i);
		rc = load_cut_scan(cut, reader, i, e);
	}
	return rc;
}

enum rc
load_plan(const struct load_run *run, struct load_plan *plan, struct err *e)
{
	const struct sink *const sink = sink_table_find(run->target->sink);
	const struct sink_remote *const remote = sink->remote;
	struct draft draft = { .plan = plan };
	struct look look;
	enum rc rc = stamp_check(run, e);

	look_init(&look, remote != NULL ? remote->rules : NULL, clock_now());
	look.stamps = run->target->limits.arrival;
	struct load_cut cut = { .sink = sink,
		.put = draft_batch,
		.arg = &draft,
		.look = remote != NULL ? &look : NULL,
		.span = run->target->limits.batch_span_ms * 10000 };
	for (size_t i = 0; rc == RC_OK && i < run->n; i++)
		rc = draft_source(&cut, run->sources[i].reader, e);
	plan->all = plan->left;
	plan->look = look.counts;
	plan->max_bytes = sink->max_bytes;
	least_time(run, plan);
	return rc;
}

/* --- from where it is, to be kept ---------------------------------------- */

static enum rc
list_left(struct load *load, struct load_plan *plan, struct err *e)
{
	struct batch b = { .id = 0 };
	enum rc rc = RC_OK;

	while (rc == RC_OK) {
		rc = batch_next(load->state, b.id, &b, e);
		if (rc == RC_OK)
			rc = take(plan, load_meta(load, &b), &b, e);
	}
	return rc == RC_END ? RC_OK : rc;
}

static void
count_refused(struct load_plan *plan, const struct load_report *r)
{
	plan->all = r->all;
	plan->look = r->look;
	plan->too_large.records = r->refused;
}

enum rc
load_plan_keep(
    const struct load_run *run, struct load_plan *plan, struct err *e)
{
	struct load_report report = { .ms = 0 };
	struct load load = { .run = run,
		.sink = sink_table_find(run->target->sink),
		.report = &report,
		.outside = load_outside_of(run) };

	assert(load.sink != NULL && run->n > 0);
	load.began_ms = load_ms(&load);
	enum rc rc = stamp_check(run, e);
	if (rc == RC_OK)
		rc = load_open_state(run->target, false, &load.state, e);
	if (rc == RC_OK)
		rc = load_open_plan(&load, e);
	if (rc == RC_OK)
		rc = list_left(&load, plan, e);
	count_refused(plan, &report);
	plan->max_bytes = load.sink->max_bytes;
	least_time(run, plan);
	free(load.segments);
	checkpoint_close(load.state);
	return rc;
}
