/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "checkpoint/batch.h"
#include "checkpoint/history.h"
#include "http/transport.h"
#include "load/attempt.h"
#include "load/rate_limit.h"
#include "load/target.h"
#include "load/token_fetch.h"
#include "load/upload.h"

#define TICK_MS 200 /* maximum wait in ms before a signal is noticed */
/* Maximum wait in ms for open requests when the run ends. */
#define GRACE_MS 2000
/* Batches compressed beyond the open requests, so that the next request can
 * follow an answer at once. */
#define AHEAD 2

struct upload {
	struct attempts a;
	struct token_fetch fetch;
	struct rate_limit limit;
	/* Time before which the limits of the user and the service allow no
	 * request. */
	int64_t limit_ms;
	bool limit_reached; /* a limit of the user ends the run */
};

static bool
is_done(const struct upload *u)
{
	return u->a.exhausted && window_is_empty(&u->a.window);
}

/* --- answers ------------------------------------------------------------- */

/* The run halts only after open requests have been answered. */
static void
token_failed(struct upload *u, const struct err *why)
{
	struct health *const h = &u->a.health;

	if (!h->halted)
		h->why = *why;
	h->failing = true;
	h->halted |= why->rc == RC_FATAL;
}

static void
finish_token(struct upload *u, const struct http_answer *answer)
{
	const struct session *const s = u->a.session;
	const int64_t now = session_ms(s);
	struct err why;

	if (token_fetch_finish(&u->fetch, answer, now, &why) == RC_OK)
		return;
	token_failed(u, &why);
	int64_t wait = health_retry_ms(&u->a.health, answer, u->fetch.tries);
	if (wait < auth_renewal_wait_ms(u->a.auth))
		wait = auth_renewal_wait_ms(u->a.auth);
	u->fetch.due_ms = now + wait;
	if (why.rc == RC_RETRY)
		session_note(s->run, "%s: retrying in %.1f s", why.text,
		    (double)wait / 1000);
}

static enum rc
handle_answers(struct upload *u, struct err *e)
{
	struct http_answer answer;
	enum rc rc = RC_OK;

	while (rc == RC_OK && u->a.transport->next_answer(u->a.http, &answer)) {
		if (answer.tag == u->a.auth)
			finish_token(u, &answer);
		else
			rc = attempt_record_outcome(
			    &u->a, answer.tag, &answer, e);
	}
	if (rc == RC_OK && token_fetch_poll(&u->fetch, &answer))
		finish_token(u, &answer);
	return rc;
}

static enum rc
handle_compressed(struct upload *u, struct err *e)
{
	for (;;) {
		const struct compress_job *const job =
		    compress_finished(u->a.compress);
		if (job == NULL)
			return RC_OK;
		((struct window_slot *)job->owner)->compressing = false;
		if (job->rc != RC_OK) {
			*e = job->e;
			return job->rc;
		}
	}
}

/* --- requests ------------------------------------------------------------ */

/* Put the next batch of the plan into a free slot. */
static enum rc
fill_slot(struct upload *u, struct window_slot *slot, struct err *e)
{
	struct batch next;

	if (slot->batch.id != 0 || u->a.exhausted)
		return RC_OK;
	const enum rc rc = trial_next(&u->a.trial, &next, e);
	if (rc == RC_OK) {
		slot->batch = next;
		attempt_prepare(&u->a, slot);
		return RC_OK;
	}
	u->a.exhausted |= rc == RC_END;
	return rc == RC_END || rc == RC_SKIP ? RC_OK : rc;
}

/* Fill free slots, and record the attempts that may start now. */
static enum rc
record_attempts(struct upload *u, struct err *e)
{
	struct attempts *const a = &u->a;
	const int64_t now = session_ms(a->session);
	unsigned room = a->window.requests - window_in_flight(&a->window);
	enum rc rc = RC_OK;

	/* No open request is left that could show whether the token works. */
	if (a->transport->in_flight(a->http) == 0)
		a->token_in_doubt = false;
	const bool ready = auth_token(a->auth, now / 1000) != NULL &&
			   now >= a->health.pause_ms && !a->health.halted &&
			   !a->token_in_doubt && !u->limit_reached;
	if (ready)
		rc = auth_put_header(a->auth, &a->bearer, e);
	for (unsigned i = 0; rc == RC_OK && i < a->window.n; i++) {
		struct window_slot *const slot = &a->window.slots[i];
		rc = fill_slot(u, slot, e);
		if (rc != RC_OK || !ready || room == 0 ||
		    !window_is_ready(slot) || now < slot->due_ms)
			continue;
		const struct rate_limit_call call = { slot->job.plain,
			slot->body.n };
		u->limit_reached |= rate_limit_is_used_up(&u->limit, &call);
		if (u->limit_reached)
			continue;
		u->limit_ms = rate_limit_due(&u->limit, &call, now);
		if (u->limit_ms > now)
			continue;
		rate_limit_add(&u->limit, &call, now);
		rc = attempt_record_start(a, slot, e);
		room--;
	}
	return rc;
}

/* --- one turn ------------------------------------------------------------ */

/* Returns the time of the next request; INT64_MAX if only an answer can lead to
 * one. */
static int64_t
next_due(const struct upload *u)
{
	const struct window *const w = &u->a.window;
	int64_t due = INT64_MAX;

	if (u->a.token_in_doubt)
		return INT64_MAX;
	if (auth_token(u->a.auth, session_ms(u->a.session) / 1000) == NULL)
		return u->fetch.pending ? INT64_MAX : u->fetch.due_ms;
	if (u->limit_reached || window_in_flight(w) == w->requests)
		return INT64_MAX;
	for (unsigned i = 0; i < w->n; i++)
		if (window_is_ready(&w->slots[i]) && w->slots[i].due_ms < due)
			due = w->slots[i].due_ms;
	if (due == INT64_MAX)
		return INT64_MAX;
	if (due < u->a.health.pause_ms)
		due = u->a.health.pause_ms;
	return due < u->limit_ms ? u->limit_ms : due;
}

static enum rc
run_once(struct upload *u, struct err *e)
{
	struct attempts *const a = &u->a;
	struct err why;
	enum rc rc = handle_answers(u, e);

	if (rc == RC_OK)
		rc = handle_compressed(u, e);
	if (rc == RC_OK)
		rc = record_attempts(u, e);
	/* Answers and attempts must be on disk before a request is sent. */
	if (rc == RC_OK)
		rc = session_commit(a->session, e);
	for (unsigned i = 0; rc == RC_OK && i < a->window.n; i++)
		if (a->window.slots[i].recorded)
			rc = attempt_send(a, &a->window.slots[i], e);
	if (rc == RC_OK && !is_done(u) && !a->health.halted &&
	    token_fetch_start(&u->fetch, session_ms(a->session), &why) != RC_OK)
		token_failed(u, &why);
	if (rc == RC_OK) {
		const int64_t now = session_ms(a->session);
		const int64_t due = next_due(u);
		const int64_t left =
		    due == INT64_MAX || due < now ? 0 : due - now;
		const bool idle = a->transport->in_flight(a->http) == 0;
		a->session->report->waiting_ms = idle ? left : 0;
		rc = a->transport->wait(a->http,
		    due == INT64_MAX || left > TICK_MS ? TICK_MS : left, e);
	}
	session_progress(a->session);
	return rc;
}

/* --- the end ------------------------------------------------------------- */

/* RC_RETRY if there was no success for too long, or cannot be one in time since
 * the server asks for a longer wait. */
static enum rc
check_patience(const struct upload *u, struct err *e)
{
	const struct health *const h = &u->a.health;
	const struct load_target *const t = u->a.session->run->target;
	const int64_t now = session_ms(u->a.session);
	const int64_t settled = health_settle_ms(h);
	const int64_t due = next_due(u);
	const bool idle = u->a.transport->in_flight(u->a.http) == 0;
	const unsigned limit = t->wait_ms / 1000;
	int64_t end = h->success_ms + t->wait_ms;

	if (!h->failing)
		return RC_OK;
	/* Leave time for an attempt at the end of the settling time. */
	if (t->role_wait_ms > 0 && end < settled + t->wait_ms)
		end = settled + t->wait_ms;
	if (now < end && (!idle || due == INT64_MAX || due <= end))
		return RC_OK;
	if (due != INT64_MAX && (due - now) / 1000 > limit)
		return err_set(e, RC_RETRY, WHY_NETWORK,
		    "%.350s: the service asks for a wait of %lld s, longer "
		    "than "
		    "--max-wait: "
		    "run again later",
		    h->why.text, (long long)(due - now) / 1000);
	return err_set(e, RC_RETRY, WHY_NETWORK,
	    "%.350s: gave up after %u s without success: run again later",
	    h->why.text, limit);
}

/* Give open requests a moment to be answered, then abort them, which records
 * them as ambiguous. */
static enum rc
wind_down(struct upload *u, struct err *e)
{
	const struct attempts *const a = &u->a;
	const int64_t end = session_ms(a->session) + GRACE_MS;
	enum rc rc = handle_answers(u, e);

	while (rc == RC_OK && a->transport->in_flight(a->http) > 0 &&
	       session_ms(a->session) < end) {
		rc = a->transport->wait(a->http, TICK_MS, e);
		if (rc == RC_OK)
			rc = handle_answers(u, e);
	}
	a->transport->cancel_all(a->http);
	if (rc == RC_OK)
		rc = handle_answers(u, e);
	return rc == RC_OK ? session_commit(a->session, e) : rc;
}

static enum rc
send_all(struct upload *u, struct err *e)
{
	struct session *const s = u->a.session;
	enum rc rc = health_init(&u->a.health, s, e);
	bool halted = false;
	struct err later;

	while (rc == RC_OK && !halted && !is_done(u)) {
		const bool expired = session_is_expired(s);
		const bool limited = expired || u->limit_reached;

		u->limit_reached = limited;
		if (session_is_stopped(s->run))
			rc = session_check_stop(s->run, e);
		else if (u->a.health.halted)
			halted = true;
		else if (limited && window_in_flight(&u->a.window) == 0)
			rc = session_limit_error(s,
			    expired ? "--max-duration reached"
				    : "--max-transfer reached",
			    e);
		else
			rc = check_patience(u, e);
		if (rc == RC_OK && !halted)
			rc = run_once(u, e);
	}
	if (rc == RC_OK && (halted || trial_has_failed(&u->a.trial))) {
		*e = u->a.health.why;
		rc = RC_FATAL;
	}
	if (rc == RC_OK)
		rc = trial_end(&u->a.trial, e);
	/* If several steps fail, the first failure is reported. */
	const bool failed = rc != RC_OK;
	const enum rc wound = wind_down(u, failed ? &later : e);
	return failed ? rc : wound;
}

/* --- set up -------------------------------------------------------------- */

static void
count_earlier(void *arg, uint64_t age_ms, uint64_t bytes)
{
	struct upload *const u = arg;
	const struct rate_limit_call call = { bytes, 0 };

	rate_limit_add_earlier(
	    &u->limit, &call, session_ms(u->a.session) - (int64_t)age_ms);
}

static enum rc
set_up(struct upload *u, struct err *e)
{
	struct attempts *const a = &u->a;
	struct session *const s = a->session;
	const struct sink_remote *const sink = s->sink->remote;
	const struct load_target *const t = s->run->target;
	const size_t max = s->sink->max_bytes + 2;
	const struct rate_limit_options limits = {
		.bytes_a_minute = target_share(t, sink->bytes_a_minute),
		.calls_a_minute = target_share(t, sink->calls_a_minute),
		.calls_a_kilosecond =
		    (unsigned)target_share(t, t->limits.calls_a_kilosecond),
		.bytes_a_second = target_share(t, t->limits.bytes_a_second),
		.bytes = t->limits.bytes,
	};
	/* One request more than batches, for the token. */
	const struct http_options http = {
		.ca_file = t->ca_file,
		.proxy = t->proxy,
		.window = t->jobs + 1,
		.timeout_ms = t->timeout_ms,
		.bytes_a_second = limits.bytes_a_second,
	};

	trial_init(&a->trial, s, &a->health, &a->window);
	buf_init(&a->lines, max);
	buf_init(&a->url, TARGET_URL);
	buf_init(&a->bearer, TARGET_BEARER);
	rate_limit_init(&u->limit, &limits);
	enum rc rc =
	    window_create(&a->window, t->jobs, AHEAD, max + max / 8 + 4096, e);
	if (rc == RC_OK)
		rc = history_recent_attempts(
		    s->checkpoint, RATE_LIMIT_SLOTS, count_earlier, u, e);
	if (rc == RC_OK)
		rc = target_url(t, &a->url, e);
	if (rc == RC_OK)
		rc = auth_create(&t->auth, &a->auth, e);
	if (rc == RC_OK)
		rc = a->transport->create(&http, &a->http, e);
	u->fetch = (struct token_fetch){ .auth = a->auth,
		.transport = a->transport,
		.http = a->http,
		.timeout_ms = t->timeout_ms };
	if (rc == RC_OK)
		rc = compress_create(s, a->http, a->window.n, &a->compress, e);
	return rc;
}

enum rc
upload_run(struct session *s, struct err *e)
{
	struct upload u = { .a = { .session = s,
				.transport = s->environment->transport } };
	struct attempts *const a = &u.a;
	enum rc rc = set_up(&u, e);

	if (rc == RC_OK)
		rc = send_all(&u, e);
	session_rollback(s);
	compress_destroy(a->compress);
	token_fetch_reset(&u.fetch);
	a->transport->destroy(a->http);
	auth_destroy(a->auth);
	window_reset(&a->window);
	if (a->bearer.p != NULL)
		explicit_bzero(a->bearer.p, a->bearer.cap);
	buf_reset(&a->bearer);
	buf_reset(&a->lines);
	buf_reset(&a->url);
	return rc;
}
