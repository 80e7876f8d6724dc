/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/http.h"
#include "load/inner.h"
#include "state/sql.h"
#include "util/clock.h"

static struct load_count
count_of(const struct state_count *c)
{
	return (struct load_count){ c->batches, c->records, c->bytes };
}

void
load_totals(const struct state_totals *from, struct load_report *report)
{
	report->all = count_of(&from->all);
	report->acked = count_of(&from->acked);
	report->left = count_of(&from->left);
	report->ambiguous = count_of(&from->ambiguous);
	report->held = count_of(&from->doubtful);
	report->already = from->already;
	report->refused = from->refused_records;
	report->attempts = from->attempts;
}

enum rc
load_count(struct load *load, struct err *e)
{
	struct state_totals totals;
	const enum rc rc = state_totals(load->state, &totals, e);

	if (rc == RC_OK)
		load_totals(&totals, load->report);
	if (!load->run->target->hold)
		load->report->held = (struct load_count){ .batches = 0 };
	return rc;
}

bool
load_stopping(const struct load *load)
{
	return load->run->stop != NULL && *load->run->stop != 0;
}

void
load_progress(struct load *load)
{
	load->report->ms = clock_ms() - load->began_ms;
	if (load->run->progress != NULL)
		load->run->progress(load->run->arg, load->report);
}

enum rc
load_dead(const struct load *load, struct err *e)
{
	const unsigned limit = load->run->target->max_dead;

	if (load->report->refused <= limit)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_REFUSED,
	    "%llu records were refused for good, more than --max-dead %u: "
	    "stopped; see dead.ndjson for the reasons",
	    (unsigned long long)load->report->refused, limit);
}

static enum rc
send_all(struct load *load, struct err *e)
{
	enum rc rc = load_open_plan(load, e);

	if (rc != RC_OK)
		return rc;
	rc = load_dead(load, e);
	if (rc == RC_OK)
		rc = load->sink->local != NULL ? load_local(load, e)
					       : load_remote(load, e);
	/* The checkpoint is the truth; the counts kept while running are for
	 * the eye. A failure before this one is told first. */
	struct err later;
	enum rc told = load_count(load, rc == RC_OK ? e : &later);
	if (told == RC_OK)
		told = load_letters(load, rc == RC_OK ? e : &later);
	return rc == RC_OK ? told : rc;
}

enum rc
load_push(const struct load_run *run, struct load_report *report, struct err *e)
{
	struct load load = { .run = run,
		.sink = sink_find(run->target->sink),
		.report = report,
		.began_ms = clock_ms() };

	assert(load.sink != NULL && run->n > 0);
	memset(report, 0, sizeof(*report));
	enum rc rc = RC_OK;
	/* A wrong address must not leave a checkpoint behind. */
	if (load.sink->remote != NULL)
		rc = load_remote_check(run->target, e);
	if (rc == RC_OK)
		rc = load_open_state(run->target, false, &load.state, e);
	if (rc == RC_OK)
		rc = send_all(&load, e);
	load_progress(&load);
	free(load.segments);
	state_close(load.state);
	return rc;
}

/* --- looking only -------------------------------------------------------- */

static void
add(struct load_count *c, const struct state_batch *b)
{
	c->batches++;
	c->records += b->records;
	c->bytes += b->length;
}

static enum rc
plan_batch(struct load_cut *cut, struct state_batch *b, struct err *e)
{
	(void)e;
	if (b->status == STATE_REFUSED) {
		add(&cut->plan->too_large, b);
		return RC_OK;
	}
	add(&cut->plan->all, b);
	if (b->length > cut->plan->largest)
		cut->plan->largest = b->length;
	return RC_OK;
}

static uint64_t
minutes_to_ms(uint64_t amount, uint64_t a_minute)
{
	return a_minute == 0 ? 0 : amount * 60000 / a_minute;
}

static void
least_time(const struct sink_remote *remote, struct load_plan *p)
{
	if (remote == NULL)
		return;
	const uint64_t bytes =
	    minutes_to_ms(p->all.bytes, remote->bytes_a_minute);
	const uint64_t calls =
	    minutes_to_ms(p->all.batches, remote->calls_a_minute);
	p->limited = true;
	p->least_ms = bytes > calls ? bytes : calls;
}

enum rc
load_plan(const struct load_run *run, struct load_plan *plan, struct err *e)
{
	const struct sink *const sink = sink_find(run->target->sink);
	struct load_cut cut = { .sink = sink, .put = plan_batch, .plan = plan };
	enum rc rc = RC_OK;

	assert(sink != NULL);
	memset(plan, 0, sizeof(*plan));
	plan->max_bytes = sink->max_bytes;
	for (size_t i = 0; i < run->n; i++) {
		const struct reader *const reader = run->sources[i].reader;
		const size_t n = reader_count(reader);
		for (size_t j = 0; rc == RC_OK && j < n; j++)
			rc = load_cut_scan(&cut, reader, j, e);
	}
	least_time(sink->remote, plan);
	return rc;
}

/* --- status -------------------------------------------------------------- */

static enum rc
tell_staging(void *arg, const struct state_staging *s)
{
	const struct load_each *const each = arg;

	return each->staging(each->arg, s->name, s->schema, s->digest);
}

static enum rc
tell_refusal(
    void *arg, const struct state_refusal *r, const char *sha256, struct err *e)
{
	const struct load_each *const each = arg;

	(void)e;
	const struct load_refusal one = { sha256, r->offset, r->length, r->http,
		r->text };

	return each->refusal(each->arg, &one);
}

enum rc
load_status(const struct load_target *target, struct load_report *report,
    const struct load_each *each, struct err *e)
{
	struct load_each copy = *each;
	const struct state_each tell = {
		.staging = tell_staging, .refusal = tell_refusal, .arg = &copy
	};
	struct state_totals totals;
	struct state *state = NULL;

	memset(report, 0, sizeof(*report));
	enum rc rc = load_open_state(target, true, &state, e);
	if (rc == RC_OK)
		rc = state_totals(state, &totals, e);
	if (rc == RC_OK) {
		load_totals(&totals, report);
		rc = state_each(state, &tell, e);
	}
	state_close(state);
	return rc;
}

void
load_versions(char *out, size_t n)
{
	(void)snprintf(out, n, "%s, SQLite %s", http_version(), sql_version());
}
