/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop that keeps a window of batches in flight. One thread: what is
 * written down and what is sent never race.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint/batch.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/history.h"
#include "checkpoint/meta.h"
#include "http/retry.h"
#include "load/remote.h"

#define TICK_MS 200   /* how often a signal is looked for */
#define GRACE_MS 2000 /* for what is in flight when we stop */
/* Batches packed beyond those in flight, so that an answer finds the next
 * ready. */
#define AHEAD 2

/* --- small things -------------------------------------------------------- */

enum rc
remote_touch(struct remote *r, struct err *e)
{
	if (r->writing)
		return RC_OK;
	const enum rc rc = checkpoint_begin(r->load->state, e);
	r->writing = rc == RC_OK;
	return rc;
}

enum rc
remote_settle(struct remote *r, struct err *e)
{
	if (!r->writing)
		return RC_OK;
	r->writing = false;
	const enum rc rc = checkpoint_commit(r->load->state, e);
	if (rc != RC_OK)
		checkpoint_rollback(r->load->state);
	return rc;
}

void
remote_note(struct remote *r, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (r->load->run->note == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->load->run->note(r->load->run->arg, text);
}

int64_t
remote_wait(
    const struct remote *r, const struct http_answer *answer, unsigned n)
{
	/* A server that asks for nothing, "0", shall not be hammered. */
	if (answer->wait_ms > 0)
		return answer->wait_ms;
	return retry_backoff_ms(n, r->load->run->target->retry_ms);
}

int64_t
remote_settled(const struct remote *r)
{
	return r->load->began_ms + r->load->run->target->role_wait_ms;
}

/* Token expiry uses the monotonic clock. */
static int64_t
now_s(const struct remote *r)
{
	return load_ms(r->load) / 1000;
}

/* --- the token ----------------------------------------------------------- */

static void
fail_token(struct remote *r, const struct err *why)
{
	if (!r->halted)
		r->why = *why;
	r->failing = true;
	r->halted |= why->rc == RC_FATAL;
}

/* What cannot be asked for is refused: batches in flight may still land. */
static void
ask_token(struct remote *r)
{
	struct err why;

	if (fetch_ask(&r->fetch, load_ms(r->load), &why) != RC_OK)
		fail_token(r, &why);
}

static void
take_token(struct remote *r, const struct http_answer *answer)
{
	const int64_t now = load_ms(r->load);
	struct err why;

	if (fetch_take(&r->fetch, answer, now, &why) == RC_OK)
		return;
	fail_token(r, &why);
	int64_t wait = remote_wait(r, answer, r->fetch.tries);
	if (wait < auth_wait_ms(r->auth))
		wait = auth_wait_ms(r->auth);
	r->fetch.due_ms = now + wait;
	if (why.rc == RC_RETRY)
		remote_note(
		    r, "%s: again in %.1f s", why.text, (double)wait / 1000);
}

static bool
is_done(const struct remote *r)
{
	for (unsigned i = 0; i < r->n; i++)
		if (r->flights[i].batch.id != 0)
			return false;
	return r->exhausted;
}

/* --- one turn ------------------------------------------------------------ */

static enum rc
take_answers(struct remote *r, struct err *e)
{
	struct http_answer answer;
	enum rc rc = RC_OK;

	while (rc == RC_OK && r->transport->next_answer(r->http, &answer)) {
		if (answer.tag == r->auth)
			take_token(r, &answer);
		else
			rc = flight_answer(r, answer.tag, &answer, e);
	}
	if (rc == RC_OK && fetch_poll(&r->fetch, &answer))
		take_token(r, &answer);
	return rc;
}

/* Give a free place the next batch of the plan. */
static enum rc
take_batch(struct remote *r, struct flight *f, struct err *e)
{
	if (f->batch.id != 0 || r->exhausted)
		return RC_OK;
	struct batch next;
	const enum rc rc = trial_next(r, &next, e);
	if (rc == RC_OK) {
		f->batch = next;
		flight_load(r, f);
		return RC_OK;
	}
	r->exhausted |= rc == RC_END;
	return rc == RC_END || rc == RC_SKIP ? RC_OK : rc;
}

static enum rc
take_packed(struct remote *r, struct err *e)
{
	for (;;) {
		const struct pack_job *const job = pack_take(r->pack);
		if (job == NULL)
			return RC_OK;
		((struct flight *)job->owner)->packing = false;
		if (job->rc != RC_OK) {
			*e = job->e;
			return job->rc;
		}
	}
}

static unsigned
flying(const struct remote *r)
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->n; i++)
		n += r->flights[i].flying;
	return n;
}

/* Packed, and not on its way. */
static bool
is_waiting(const struct flight *f)
{
	return f->batch.id != 0 && !f->packing && !f->flying;
}

/* By our own limits. Yes takes it from them. */
static bool
is_allowed(struct remote *r, const struct flight *f, int64_t now)
{
	const struct limit_call call = { f->job.plain, f->body.n };

	r->ending |= limit_spent(&r->limit, &call);
	if (r->ending)
		return false;
	r->limit_ms = limit_due(&r->limit, &call, now);
	if (r->limit_ms > now)
		return false;
	limit_take(&r->limit, &call, now);
	return true;
}

static enum rc
choose(struct remote *r, struct err *e)
{
	const int64_t now = load_ms(r->load);
	const char *const token = auth_token(r->auth, now_s(r));
	/* Whoever could have told is gone. */
	r->doubt = r->doubt && r->transport->in_flight(r->http) > 0;
	const bool ready = token != NULL && now >= r->pause_ms && !r->halted &&
			   !r->doubt && !r->ending;
	enum rc rc = ready ? auth_bearer(r->auth, &r->bearer, e) : RC_OK;
	unsigned room = r->window - flying(r);

	for (unsigned i = 0; rc == RC_OK && i < r->n; i++) {
		struct flight *const f = &r->flights[i];
		rc = take_batch(r, f, e);
		if (rc != RC_OK || !ready || room == 0 || !is_waiting(f) ||
		    now < f->due_ms || !is_allowed(r, f, now))
			continue;
		rc = flight_choose(r, f, e);
		room--;
	}
	return rc;
}

static enum rc
start(struct remote *r, struct err *e)
{
	enum rc rc = RC_OK;

	for (unsigned i = 0; rc == RC_OK && i < r->n; i++)
		if (r->flights[i].chosen)
			rc = flight_start(r, &r->flights[i], e);
	if (rc == RC_OK && !is_done(r) && !r->halted)
		ask_token(r);
	return rc;
}

/* When the next attempt is due; INT64_MAX if nothing waits for the clock. */
static int64_t
next_due(const struct remote *r)
{
	int64_t due = INT64_MAX;

	if (r->doubt)
		return INT64_MAX;
	if (auth_token(r->auth, now_s(r)) == NULL)
		return r->fetch.asked ? INT64_MAX : r->fetch.due_ms;
	if (flying(r) == r->window)
		return INT64_MAX;
	for (unsigned i = 0; i < r->n; i++) {
		const struct flight *const f = &r->flights[i];
		if (is_waiting(f) && f->due_ms < due)
			due = f->due_ms;
	}
	if (due == INT64_MAX || r->ending)
		return INT64_MAX;
	if (due < r->pause_ms)
		due = r->pause_ms;
	return due < r->limit_ms ? r->limit_ms : due;
}

/* Out of patience: nothing went well for long enough, or would before the next
 * attempt that the server allows. */
static bool
is_hopeless(const struct remote *r)
{
	const struct load_target *const t = r->load->run->target;
	const int64_t settled = remote_settled(r);
	const int64_t due = next_due(r);
	int64_t end = r->good_ms + t->wait_ms;

	if (!r->failing)
		return false;
	/* The last try is made then. */
	if (t->role_wait_ms > 0 && end < settled + t->wait_ms)
		end = settled + t->wait_ms;
	if (load_ms(r->load) >= end)
		return true;
	return r->transport->in_flight(r->http) == 0 && due != INT64_MAX &&
	       due > end;
}

static enum rc
wait_a_little(struct remote *r, struct err *e)
{
	const int64_t now = load_ms(r->load);
	const int64_t due = next_due(r);
	int64_t ms = TICK_MS;

	if (due <= now)
		ms = 0;
	else if (due - now < ms)
		ms = due - now;
	r->load->report->waiting_ms = r->transport->in_flight(r->http) == 0 &&
					      due > now && due != INT64_MAX
					  ? due - now
					  : 0;
	return r->transport->wait(r->http, ms, e);
}

static enum rc
turn(struct remote *r, struct err *e)
{
	enum rc rc = take_answers(r, e);

	if (rc == RC_OK)
		rc = take_packed(r, e);
	if (rc == RC_OK)
		rc = choose(r, e);
	/* Before anything goes out: what was answered, and that it goes. */
	if (rc == RC_OK)
		rc = remote_settle(r, e);
	if (rc == RC_OK)
		rc = start(r, e);
	if (rc == RC_OK)
		rc = wait_a_little(r, e);
	load_progress(r->load);
	return rc;
}

/* --- the end ------------------------------------------------------------- */

/* Let what is in flight come in for a moment, then end it. What went out and
 * was not answered is written down as such. */
static enum rc
wind_down(struct remote *r, struct err *e)
{
	const int64_t end = load_ms(r->load) + GRACE_MS;
	enum rc rc = take_answers(r, e);

	while (rc == RC_OK && r->transport->in_flight(r->http) > 0 &&
	       load_ms(r->load) < end) {
		rc = r->transport->wait(r->http, TICK_MS, e);
		if (rc == RC_OK)
			rc = take_answers(r, e);
	}
	r->transport->cancel_all(r->http);
	if (rc == RC_OK)
		rc = take_answers(r, e);
	return rc == RC_OK ? remote_settle(r, e) : rc;
}

static enum rc
give_up(struct remote *r, struct err *e)
{
	const struct err why = r->why;
	const int64_t wait = (next_due(r) - load_ms(r->load)) / 1000;
	const unsigned limit = r->load->run->target->wait_ms / 1000;

	if (next_due(r) != INT64_MAX && wait > limit)
		return err_set(e, RC_RETRY, WHY_NETWORK,
		    "%.350s: it asks to wait %lld s, longer than --max-wait: "
		    "run again later",
		    why.text, (long long)wait);
	return err_set(e, RC_RETRY, WHY_NETWORK,
	    "%.350s: gave up after %u s without success: run again later",
	    why.text, limit);
}

/* A limit of the user's ends the run: what flies may land first. */
static bool
is_over(struct remote *r)
{
	r->ending |= load_expired(r->load);
	return r->ending && flying(r) == 0;
}

static enum rc
tell_end(const struct remote *r, struct err *e)
{
	return load_ended(r->load,
	    load_expired(r->load) ? "--max-duration is over"
				  : "--max-transfer is used up",
	    e);
}

static enum rc
tell_why(const struct remote *r, struct err *e)
{
	*e = r->why;
	return RC_FATAL;
}

/* What the target asked of an earlier run. */
static enum rc
take_pause(struct remote *r, struct err *e)
{
	int64_t until = 0;
	const enum rc rc = meta_get_pause(r->load->state, &until, e);
	const int64_t left = until - load_now(r->load);

	if (rc != RC_OK || left <= 0 || left > INT64_C(2) * 3600)
		return rc;
	r->pause_ms = load_ms(r->load) + left * 1000;
	r->failing = true;
	(void)err_set(&r->why, RC_RETRY, WHY_NETWORK,
	    "%s asked an earlier run to wait", r->load->run->target->endpoint);
	remote_note(r, "%s: %lld s left", r->why.text, (long long)left);
	return RC_OK;
}

static enum rc
work(struct remote *r, struct err *e)
{
	struct err later;
	enum rc rc = RC_OK;

	r->good_ms = load_ms(r->load);
	rc = take_pause(r, e);
	while (rc == RC_OK && !is_done(r)) {
		if (load_stopping(r->load))
			rc = err_set(e, RC_FATAL, WHY_STOPPED, "interrupted");
		else if (r->halted)
			rc = tell_why(r, e);
		else if (is_over(r))
			rc = tell_end(r, e);
		else if (is_hopeless(r))
			rc = give_up(r, e);
		else
			rc = turn(r, e);
	}
	if (rc == RC_OK)
		rc = trial_failed(r) ? tell_why(r, e) : trial_end(r, e);
	const bool stopped = rc != RC_OK;
	const enum rc wound = wind_down(r, stopped ? &later : e);

	return stopped ? rc : wound;
}

/* --- set up -------------------------------------------------------------- */

static enum rc
make_flights(struct remote *r, struct err *e)
{
	const size_t max = r->load->sink->max_bytes + 2;

	r->window = r->load->run->target->jobs;
	r->n = r->window + AHEAD;
	r->flights = calloc(r->n, sizeof(*r->flights));
	if (r->flights == NULL)
		return err_nomem(e);
	for (unsigned i = 0; i < r->n; i++)
		buf_init(&r->flights[i].body, max + max / 8 + 4096);
	buf_init(&r->lines, max);
	buf_init(&r->url, LOAD_URL);
	buf_init(&r->bearer, LOAD_BEARER);
	return RC_OK;
}

static void
count_recent(void *arg, uint64_t age_ms, uint64_t bytes)
{
	struct remote *const r = arg;
	const struct limit_call call = { bytes, 0 };

	limit_took(&r->limit, &call, load_ms(r->load) - (int64_t)age_ms);
}

static enum rc
make_limits(struct remote *r, struct err *e)
{
	const struct load_limits *const user = &r->load->run->target->limits;
	const struct sink_remote *const sink = r->load->sink->remote;
	const struct limit_options o = {
		.bytes_a_minute = sink->bytes_a_minute,
		.calls_a_minute = sink->calls_a_minute,
		.calls_a_kilosecond = user->calls_a_kilosecond,
		.bytes_a_second = user->bytes_a_second,
		.bytes = user->bytes,
	};

	limit_init(&r->limit, &o);
	return history_recent_attempts(
	    r->load->state, LIMIT_SLOTS, count_recent, r, e);
}

static enum rc
make_parts(struct remote *r, struct err *e)
{
	const struct load_target *const t = r->load->run->target;
	/* One more than batches: the token's request has its own place. */
	const struct http_options http = {
		.ca_file = t->ca_file,
		.proxy = t->proxy,
		.window = r->window + 1,
		.timeout_ms = t->timeout_ms,
		.bytes_a_second = t->limits.bytes_a_second,
	};
	enum rc rc = load_address(t, &r->url, &r->auth, e);

	if (rc == RC_OK)
		rc = r->transport->create(&http, &r->http, e);
	r->fetch = (struct fetch){ .auth = r->auth,
		.transport = r->transport,
		.http = r->http,
		.timeout_ms = t->timeout_ms };
	return rc == RC_OK ? pack_create(r->load, r->http, r->n, &r->pack, e)
			   : rc;
}

static void
drop(struct remote *r)
{
	if (r->writing)
		checkpoint_rollback(r->load->state);
	pack_destroy(r->pack);
	fetch_reset(&r->fetch);
	r->transport->destroy(r->http);
	auth_destroy(r->auth);
	for (unsigned i = 0; r->flights != NULL && i < r->n; i++)
		buf_reset(&r->flights[i].body);
	free(r->flights);
	if (r->bearer.p != NULL)
		explicit_bzero(r->bearer.p, r->bearer.cap);
	buf_reset(&r->bearer);
	buf_reset(&r->lines);
	buf_reset(&r->url);
}

enum rc
load_remote(struct load *load, struct err *e)
{
	struct remote r = { .load = load,
		.transport = load->outside->transport };
	enum rc rc = make_flights(&r, e);

	if (rc == RC_OK)
		rc = make_limits(&r, e);
	if (rc == RC_OK)
		rc = make_parts(&r, e);
	if (rc == RC_OK)
		rc = work(&r, e);
	drop(&r);
	return rc;
}
