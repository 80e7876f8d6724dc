/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint/checkpoint.h"
#include "checkpoint/sql.h"
#include "checkpoint/totals.h"
#include "http/http.h"
#include "http/transport.h"
#include "load/inner.h"
#include "load/stamp.h"
#include "sink/sink_table.h"
#include "util/clock.h"

static struct load_count
count_of(const struct totals_count *c)
{
	return (struct load_count){ c->batches, c->records, c->bytes };
}

void
load_totals(const struct totals *from, struct load_report *report)
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
	report->attempts = from->attempts;
}

uint64_t
load_new(const struct load_report *r)
{
	return r->acked.records + r->same - r->already - r->repeated;
}

enum rc
load_count(struct load *load, struct err *e)
{
	struct totals totals;
	const enum rc rc = totals_read(load->state, &totals, e);

	if (rc == RC_OK)
		load_totals(&totals, load->report);
	if (rc == RC_OK) {
		load->report->all.records += load->report->same;
		load->report->repeated += load->report->same;
	}
	if (!load->run->target->hold)
		load->report->held = (struct load_count){ .batches = 0 };
	return rc;
}

bool
load_stopping(const struct load *load)
{
	return load->run->stop != NULL && *load->run->stop != 0;
}

bool
load_expired(const struct load *load)
{
	const uint64_t limit = load->run->target->limits.ms;

	return limit != 0 && load_ms(load) - load->began_ms >= (int64_t)limit;
}

enum rc
load_ended(const struct load *load, const char *why, struct err *e)
{
	return err_set(e, RC_RETRY, WHY_STOPPED,
	    "%s with %llu record%s left: run again to resume", why,
	    (unsigned long long)load->report->left.records,
	    load->report->left.records == 1 ? "" : "s");
}

/* Compressing takes several times longer than what the service accepts; one
 * thread would leave the work to the sender. */
#define PACKERS 2

const struct load_outside *
load_outside_of(const struct load_run *run)
{
	static const struct load_outside real = { &clock_system,
		&transport_http, PACKERS };

	return run->outside != NULL ? run->outside : &real;
}

int64_t
load_ms(const struct load *load)
{
	return load->outside->clock->ms();
}

int64_t
load_now(const struct load *load)
{
	return load->outside->clock->now();
}

void
load_progress(struct load *load)
{
	load->report->ms = load_ms(load) - load->began_ms;
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
	    "%llu record%s refused for good, more than --max-dead %u: "
	    "stopped; see dead.ndjson for the reasons",
	    (unsigned long long)load->report->refused,
	    load->report->refused == 1 ? " was" : "s were", limit);
}

/* Before the first byte: afterwards the times are lost. */
static enum rc
check_times(const struct load *load, struct err *e)
{
	const struct load_look *const look = &load->report->look;

	if (load->run->target->limits.keep_times || look->restamped == 0)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "nothing was sent: TimeGenerated of %llu record%s is more than 2 "
	    "days ago or more than a day ahead, so the service would replace "
	    "it by the time of arrival; --time-policy keep sends such records "
	    "all the same, and the time stays in TimeCreated_CF",
	    (unsigned long long)look->restamped,
	    look->restamped == 1 ? "" : "s");
}

static enum rc
send_all(struct load *load, struct err *e)
{
	enum rc rc = load_open_plan(load, e);

	if (rc != RC_OK)
		return rc;
	rc = load_dead(load, e);
	if (rc == RC_OK)
		rc = check_times(load, e);
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
		.sink = sink_table_find(run->target->sink),
		.report = report,
		.outside = load_outside_of(run) };

	assert(load.sink != NULL && run->n > 0);
	memset(report, 0, sizeof(*report));
	load.began_ms = load_ms(&load);
	/* A wrong address must not leave a checkpoint behind. */
	enum rc rc = stamp_check(run, e);
	if (rc == RC_OK && load.sink->remote != NULL)
		rc = load_remote_check(run->target, e);
	if (rc == RC_OK)
		rc = load_open_state(run->target, false, &load.state, e);
	if (rc == RC_OK)
		rc = send_all(&load, e);
	load_progress(&load);
	free(load.segments);
	checkpoint_close(load.state);
	return rc;
}

void
load_versions(char *out, size_t n)
{
	(void)snprintf(out, n, "%s, SQLite %s", http_version(), sql_version());
}
