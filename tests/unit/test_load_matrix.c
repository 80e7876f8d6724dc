/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every fault of a receiver, at the first, every fifth, the last and each
 * request, with 1, 4 and 16 requests in flight: nothing is lost, and what
 * arrives twice is reported.
 */
#include "tests/unit/scripted.h"

enum when { FIRST, FIFTH, LAST, EACH, WHENS };

/* The expected outcome of a fault. */
enum kind {
	PASSES, /* sent again; for ever: gives up, and a later run completes */
	HALTS,  /* ends the run: the receiver refuses us */
	SPLITS, /* halved; for ever: 413 makes each record a dead letter, and
		 * 400 ends the run (see test_load_trial.c) */
};

struct fault {
	const char *name;
	enum kind kind;
	struct scripted_reply reply;
};

#define REPLY(status, stored) \
	{ \
		HTTP_ANSWERED, status, HTTP_NO_WAIT, 20, stored, NULL \
	}
#define GONE(fate, ms, stored) \
	{ \
		fate, 0, HTTP_NO_WAIT, ms, stored, NULL \
	}

static const struct fault faults[] = {
	{ "429", PASSES, REPLY(429, false) },
	{ "408", PASSES, REPLY(408, false) },
	{ "500", PASSES, REPLY(500, false) },
	{ "500 accepted", PASSES, REPLY(500, true) },
	{ "502", PASSES, REPLY(502, false) },
	{ "502 accepted", PASSES, REPLY(502, true) },
	{ "503", PASSES, REPLY(503, false) },
	{ "504", PASSES, REPLY(504, false) },
	{ "504 accepted", PASSES, REPLY(504, true) },
	{ "599", PASSES, REPLY(599, false) },
	{ "200", PASSES, REPLY(200, false) },
	{ "202 accepted", PASSES, REPLY(202, true) },
	{ "not sent", PASSES, GONE(HTTP_UNSENT, 5, false) },
	{ "lost", PASSES, GONE(HTTP_LOST, 20, false) },
	{ "lost, accepted", PASSES, GONE(HTTP_LOST, 20, true) },
	{ "hangs, accepted", PASSES, GONE(HTTP_LOST, 60000, true) },
	{ "403", HALTS, REPLY(403, false) },
	{ "404", HALTS, REPLY(404, false) },
	{ "301", HALTS, REPLY(301, false) },
	{ "308", HALTS, REPLY(308, false) },
	{ "418", HALTS, REPLY(418, false) },
	{ "501", HALTS, REPLY(501, false) },
	{ "505", HALTS, REPLY(505, false) },
	{ "no TLS", HALTS, GONE(HTTP_REFUSED, 20, false) },
	{ "400", SPLITS, REPLY(400, false) },
	{ "413", SPLITS, REPLY(413, false) },
};

static const unsigned windows[] = { 1, 4, 16 };
static struct scripted s;

struct cell {
	const struct fault *fault;
	enum when when;
	bool healed;
};

static bool
strikes(const struct cell *c, unsigned number)
{
	switch (c->when) {
	case FIRST:
		return number == 1;
	case FIFTH:
		return number % 5 == 0;
	case LAST:
		return number == SCRIPTED_BATCHES;
	case EACH:
	case WHENS:
		break;
	}
	return true;
}

static void
answer(void *arg, const struct scripted_entry *request,
    struct scripted_reply *reply)
{
	const struct cell *const c = arg;

	if (!request->token && !c->healed && strikes(c, request->number))
		*reply = c->fault->reply;
}

/* After every run each record is counted in exactly one of the five totals. */
static void
check_sum(void)
{
	const struct load_report *const r = &s.report;

	assert_int_equal(r->all.records, SCRIPTED_RECORDS);
	assert_int_equal(load_new_records(r) + r->already + r->repeated +
			     r->refused + r->left.records,
	    r->all.records);
	assert_int_equal(r->already, 0);
	assert_true(load_new_records(r) <= scripted_present(&s));
	/* A record that arrived twice is counted as repeated or left, never
	 * only as new. */
	assert_true(scripted_doubled(&s) <= r->repeated + r->left.records);
}

static enum rc
push(void)
{
	const enum rc rc = scripted_push(&s);

	check_sum();
	return rc;
}

static enum rc
retry_dead(void)
{
	const enum rc rc = scripted_retry_dead(&s);

	check_sum();
	return rc;
}

/* All records arrived, and those that arrived twice are in an ambiguous batch.
 */
static void
check_all_arrived(void)
{
	assert_int_equal(scripted_present(&s), SCRIPTED_RECORDS);
	assert_int_equal(s.report.acked.records, SCRIPTED_RECORDS);
	assert_int_equal(s.report.left.records, 0);
	assert_int_equal(s.report.refused, 0);
	assert_true(scripted_doubled(&s) <= s.report.ambiguous.records);
	if (scripted_doubled(&s) > 0)
		assert_true(s.report.ambiguous.batches > 0);
}

/* Records that were not acknowledged count as left, even if they were stored.
 */
static void
check_nothing_claimed(void)
{
	assert_true(s.report.acked.records <= scripted_present(&s));
	assert_int_equal(
	    s.report.acked.records + s.report.left.records + s.report.refused,
	    SCRIPTED_RECORDS);
}

static void
passes(struct cell *c)
{
	const enum rc rc = push();

	if (c->when == EACH) {
		assert_why(rc, RC_RETRY, s.e, WHY_NETWORK);
		assert_says(s.e, "run again");
		check_nothing_claimed();
		c->healed = true;
		assert_ok(push());
	} else {
		assert_int_equal(rc, RC_OK);
	}
	check_all_arrived();
}

static void
halts(struct cell *c)
{
	assert_why(push(), RC_FATAL, s.e, WHY_DENIED);
	check_nothing_claimed();
	c->healed = true;
	assert_ok(push());
	check_all_arrived();
}

/* A refused batch of one record becomes a dead letter, and is sent again on
 * request. */
static void
splits(struct cell *c)
{
	if (c->when == EACH && c->fault->reply.status == 400) {
		halts(c);
		return;
	}
	assert_ok(push());
	assert_int_equal(s.report.left.records, 0);
	assert_int_equal(
	    s.report.acked.records + s.report.refused, SCRIPTED_RECORDS);
	assert_int_equal(scripted_present(&s), s.report.acked.records);
	assert_int_equal(scripted_doubled(&s), 0);
	if (c->when == EACH)
		assert_int_equal(s.report.refused, SCRIPTED_RECORDS);
	else
		assert_true(s.report.refused <= 1);
	c->healed = true;
	assert_ok(retry_dead());
	check_all_arrived();
}

static void
try_cell(struct cell *c, unsigned window)
{
	static void (*const checks[])(struct cell *) = {
		[PASSES] = passes,
		[HALTS] = halts,
		[SPLITS] = splits,
	};

	scripted_reset(&s);
	s.answer = answer;
	s.arg = c;
	s.target.jobs = window;
	s.target.wait_ms = c->when == EACH ? 100000 : 900000;
	checks[c->fault->kind](c);
	assert_true(s.busiest <= window);
}

static void
try_kind(enum kind kind)
{
	for (size_t f = 0; f < COUNT(faults); f++) {
		for (unsigned i = 0; i < WHENS * COUNT(windows); i++) {
			struct cell c = { &faults[f],
				(enum when)(i / COUNT(windows)), false };
			if (faults[f].kind == kind)
				try_cell(&c, windows[i % COUNT(windows)]);
		}
	}
}

static void
what_passes_is_sent_again(void **state)
{
	(void)state;
	try_kind(PASSES);
}

static void
what_refuses_us_ends_the_run_and_loses_nothing(void **state)
{
	(void)state;
	try_kind(HALTS);
}

static void
what_refuses_a_batch_is_halved_down_to_the_record(void **state)
{
	(void)state;
	try_kind(SPLITS);
}

static void
the_whole_window_is_used(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(windows); i++) {
		scripted_reset(&s);
		s.answer = NULL;
		s.target.jobs = windows[i];
		assert_ok(push());
		check_all_arrived();
		assert_int_equal(s.busiest, windows[i] < SCRIPTED_BATCHES
						? windows[i]
						: SCRIPTED_BATCHES);
		assert_int_equal(
		    scripted_requests(&s, false), SCRIPTED_BATCHES);
		assert_int_equal(scripted_requests(&s, true), 1);
		/* Another run sends nothing, not even a request for a token. */
		s.n = 0;
		assert_ok(push());
		assert_int_equal(s.n, 0);
	}
}

#define T(test) SCRIPTED_TEST(test, &s)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_whole_window_is_used),
		T(what_passes_is_sent_again),
		T(what_refuses_us_ends_the_run_and_loses_nothing),
		T(what_refuses_a_batch_is_halved_down_to_the_record),
	};

	return RUN(tests);
}
