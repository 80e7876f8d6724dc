/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Back-off, pauses, patience, tokens, limits and the end of a run, with a clock
 * that jumps.
 */
#include "tests/unit/scripted.h"

#define MINUTE 60000
#define HOUR (60 * MINUTE)

static struct scripted s;

/* The n-th request with records, from 0. */
static const struct scripted_entry *
request(unsigned n)
{
	for (unsigned i = 0; i < s.n; i++) {
		if (s.journal[i].token)
			continue;
		if (n-- == 0)
			return &s.journal[i];
	}
	fail_msg("no such request");
	return &s.journal[0];
}

static unsigned
requests(void)
{
	return scripted_requests(&s, false);
}

static void
check_done(void)
{
	assert_int_equal(scripted_present(&s), SCRIPTED_RECORDS);
	assert_int_equal(s.report.acked.records, SCRIPTED_RECORDS);
}

/* --- a script of numbered requests ---------------------------------------- */

static struct script {
	unsigned from, to; /* of the requests with records, from 1 */
	int64_t until_ms;  /* or as long as the clock is before; 0: no matter */
	bool tokens;       /* of requests for tokens instead */
	struct scripted_reply reply;
} script;

static void
follow(void *arg, const struct scripted_entry *r, struct scripted_reply *reply)
{
	(void)arg;
	if (r->token == script.tokens && r->number >= script.from &&
	    r->number <= script.to &&
	    (script.until_ms == 0 || scripted_ms() < script.until_ms))
		*reply = script.reply;
}

/* Applies to every second request. */
static void
follow_even(
    void *arg, const struct scripted_entry *r, struct scripted_reply *reply)
{
	if (r->number % 2 == 0)
		follow(arg, r, reply);
}

static void
play(unsigned from, unsigned to, long status, int64_t wait_ms)
{
	script = (struct script){ .from = from,
		.to = to,
		.reply = { HTTP_ANSWERED, status, wait_ms, 20, false, NULL } };
	s.answer = follow;
}

/* --- back-off and pauses -------------------------------------------------- */

static void
waits_double_up_to_a_minute(void **state)
{
	int64_t top = 1000;

	(void)state;
	play(1, 10, 503, HTTP_NO_WAIT);
	assert_ok(scripted_push(&s));
	check_done();
	for (unsigned i = 0; i < 10; i++) {
		const int64_t wait =
		    request(i + 1)->start_ms - request(i)->end_ms;
		assert_true(wait >= top / 2 && wait <= top);
		top = 2 * top > MINUTE ? MINUTE : 2 * top;
	}
	/* After a success the back-off starts again. */
	assert_true(request(11)->start_ms - request(10)->end_ms < 100);
}

static void
what_the_server_asks_for_is_kept_by_all(void **state)
{
	(void)state;
	s.target.jobs = 4;
	play(3, 3, 429, 7300);
	assert_ok(scripted_push(&s));
	check_done();
	const int64_t from = request(2)->end_ms;
	unsigned later = 0;
	for (unsigned i = 0; i < requests(); i++) {
		const int64_t start = request(i)->start_ms;
		assert_true(start <= from || start >= from + 7300);
		later += start >= from + 7300;
	}
	assert_true(later > 0);
	assert_has(s.notes, "retrying in 7.3 s");
}

static void
a_single_failure_delays_its_own_batch_only(void **state)
{
	(void)state;
	s.target.jobs = 4;
	play(1, 1, 500, HTTP_NO_WAIT);
	assert_ok(scripted_push(&s));
	check_done();
	/* Eleven other requests were sent before the first was repeated. */
	assert_int_equal(request(SCRIPTED_BATCHES)->first, 0);
	assert_true(
	    request(SCRIPTED_BATCHES)->start_ms - request(0)->end_ms >= 500);
	assert_true(
	    request(SCRIPTED_BATCHES - 1)->start_ms - request(0)->end_ms < 200);
}

static void
a_wait_longer_than_patience_ends_the_run_at_once(void **state)
{
	const int64_t begun = scripted_ms();

	(void)state;
	play(1, 1, 429, 2 * HOUR);
	assert_why(scripted_push(&s), RC_RETRY, s.e, WHY_NETWORK);
	assert_says(s.e, "--max-wait");
	assert_true(scripted_ms() - begun < 1000);
	assert_int_equal(requests(), 1);
}

static void
a_pause_holds_for_the_next_run(void **state)
{
	(void)state;
	s.target.wait_ms = 30000;
	play(2, 2, 429, 10 * MINUTE);
	assert_why(scripted_push(&s), RC_RETRY, s.e, WHY_NETWORK);
	const int64_t asked = request(1)->end_ms;
	assert_int_equal(requests(), 2);
	assert_why(scripted_push(&s), RC_RETRY, s.e, WHY_NETWORK);
	assert_says(s.e, "earlier run");
	assert_int_equal(requests(), 2);
	s.target.wait_ms = 900000;
	assert_ok(scripted_push(&s));
	check_done();
	assert_true(request(2)->start_ms >= asked + 10 * MINUTE - 1000);
}

static void
patience_ends_without_success_and_begins_anew_with_it(void **state)
{
	(void)state;
	play(1, 1000, 503, HTTP_NO_WAIT);
	const int64_t begun = scripted_ms();
	assert_why(scripted_push(&s), RC_RETRY, s.e, WHY_NETWORK);
	assert_says(s.e, "gave up after 900 s");
	const int64_t took = scripted_ms() - begun;
	assert_true(took > 13 * MINUTE && took <= 15 * MINUTE + 1000);
	assert_int_equal(s.report.left.records, SCRIPTED_RECORDS);
	/* Two outages of ten minutes, with a success between them. */
	scripted_reset(&s);
	play(2, 4, 503, 10 * MINUTE);
	s.answer = follow_even;
	assert_ok(scripted_push(&s));
	check_done();
}

/* --- roles ---------------------------------------------------------------- */

static void
a_new_role_is_waited_for(void **state)
{
	(void)state;
	s.target.role_wait_ms = 2 * HOUR;
	play(1, 10000, 403, HTTP_NO_WAIT);
	script.until_ms = scripted_ms() + HOUR;
	assert_ok(scripted_push(&s));
	check_done();
	/* At most one attempt every 30 to 60 s. */
	assert_true(requests() < 130 + SCRIPTED_BATCHES);
}

static void
a_role_is_waited_for_no_longer_than_told(void **state)
{
	const int64_t begun = scripted_ms();

	(void)state;
	s.target.role_wait_ms = 20 * MINUTE;
	play(1, 10000, 403, HTTP_NO_WAIT);
	assert_why(scripted_push(&s), RC_FATAL, s.e, WHY_DENIED);
	assert_says(s.e, "Monitoring Metrics Publisher");
	const int64_t took = scripted_ms() - begun;
	assert_true(took >= 20 * MINUTE && took < 22 * MINUTE);
}

/* --- tokens --------------------------------------------------------------- */

static void
slow(void *arg, const struct scripted_entry *r, struct scripted_reply *reply)
{
	(void)arg;
	if (!r->token)
		reply->after_ms = 11 * MINUTE;
}

static void
tokens_are_renewed_before_they_expire(void **state)
{
	int64_t given[8] = { 0 };
	unsigned n = 0;

	(void)state;
	s.answer = slow;
	assert_ok(scripted_push(&s));
	check_done();
	for (unsigned i = 0; i < s.n; i++) {
		if (s.journal[i].token)
			given[++n] = s.journal[i].end_ms;
	}
	assert_true(n >= 2 && n < 8);
	for (unsigned i = 0; i < requests(); i++) {
		const unsigned base = request(0)->bearer;
		const unsigned token = request(i)->bearer - base + 1;
		assert_in_range(token, 1, n);
		/* A token lives for 3,599 s. */
		assert_true(request(i)->start_ms - given[token] < 3599 * 1000);
	}
}

/* Tokens of 300 s; the second request for one fails once and is slow then. */
static void
renew_slowly(
    void *arg, const struct scripted_entry *r, struct scripted_reply *reply)
{
	static const char *const tokens[] = {
		"{\"expires_in\":300,\"access_token\":\"token-9001-\"}",
		"{\"expires_in\":300,\"access_token\":\"token-9002-\"}",
	};

	(void)arg;
	reply->after_ms = !r->token ? 20000 : r->number > 1 ? 10000 : 20;
	if (!r->token)
		return;
	reply->body = tokens[r->number > 1];
	if (r->number == 2)
		reply->status = 503;
}

static void
records_fly_while_a_token_is_renewed(void **state)
{
	(void)state;
	s.answer = renew_slowly;
	assert_ok(scripted_push(&s));
	check_done();
	assert_int_equal(scripted_requests(&s, true), 3);
	assert_int_equal(request(0)->bearer, 9001);
	assert_int_equal(request(11)->bearer, 9002);
	/* Renewal is due at 180 s of 240; the old token is used until the new
	 * one arrives. */
	for (unsigned i = 1; i < requests(); i++)
		assert_true(
		    request(i)->start_ms - request(i - 1)->end_ms < 1000);
}

/* Refuse every token except the last one issued. */
static void
refuse_old(
    void *arg, const struct scripted_entry *r, struct scripted_reply *reply)
{
	const unsigned *const good = arg;

	if (!r->token && r->bearer < *good) {
		reply->status = 401;
		reply->stored = false;
	}
}

static void
one_new_token_for_all_in_flight(void **state)
{
	unsigned good = UINT32_MAX;

	(void)state;
	s.target.jobs = 4;
	s.answer = refuse_old;
	s.arg = &good;
	assert_why(scripted_push(&s), RC_FATAL, s.e, WHY_DENIED);
	assert_says(s.e, "AZURE_AUTHORITY_HOST");
	assert_int_equal(scripted_requests(&s, true), 2);
	assert_true(requests() <= 8);
	/* The second token is accepted: the four requests need only one new
	 * token. */
	good = request(requests() - 1)->bearer + 2;
	scripted_reset(&s);
	assert_ok(scripted_push(&s));
	check_done();
	assert_int_equal(scripted_requests(&s, true), 2);
}

static void
a_token_endpoint_that_falters_is_asked_again(void **state)
{
	(void)state;
	play(1, 3, 503, HTTP_NO_WAIT);
	script.tokens = true;
	assert_ok(scripted_push(&s));
	check_done();
	assert_int_equal(scripted_requests(&s, true), 4);
	scripted_reset(&s);
	script.to = 100000;
	assert_why(scripted_push(&s), RC_RETRY, s.e, WHY_NETWORK);
	assert_int_equal(requests(), 0);
	scripted_reset(&s);
	script.reply.status = 401;
	assert_why(scripted_push(&s), RC_FATAL, s.e, WHY_DENIED);
	assert_int_equal(s.n, 1);
}

/* --- limits of the user --------------------------------------------------- */

static void
calls_keep_their_distance(void **state)
{
	(void)state;
	s.target.jobs = 16;
	s.target.limits.calls_a_kilosecond = 500;
	play(4, 5, 500, HTTP_NO_WAIT); /* attempts that fail count, too */
	assert_ok(scripted_push(&s));
	check_done();
	for (unsigned i = 1; i < requests(); i++)
		assert_true(
		    request(i)->start_ms - request(i - 1)->start_ms >= 2000);
}

static void
bytes_keep_their_distance(void **state)
{
	(void)state;
	s.target.jobs = 16;
	s.target.limits.bytes_a_second = 10;
	assert_ok(scripted_push(&s));
	check_done();
	for (unsigned i = 1; i < requests(); i++)
		assert_true(request(i)->start_ms - request(i - 1)->start_ms >=
			    (int64_t)request(i - 1)->bytes * 100 - 1);
}

static void
a_run_ends_before_its_bytes_are_passed(void **state)
{
	uint64_t sent = 0;

	(void)state;
	assert_ok(scripted_push(&s));
	const uint64_t one = request(0)->bytes;
	scripted_reset(&s);
	s.target.limits.bytes = 5 * one + one / 2;
	assert_why(scripted_push(&s), RC_RETRY, s.e, WHY_STOPPED);
	assert_says(s.e, "--max-transfer");
	for (unsigned i = 0; i < requests(); i++)
		sent += request(i)->bytes;
	assert_true(sent <= s.target.limits.bytes);
	assert_int_equal(s.report.acked.records, requests() * SCRIPTED_ROWS);
	s.target.limits.bytes = 0;
	assert_ok(scripted_push(&s));
	check_done();
}

static void
a_run_ends_by_time_and_what_flies_may_land(void **state)
{
	(void)state;
	s.answer = slow;
	s.target.timeout_ms = HOUR;
	s.target.limits.ms = 30 * MINUTE;
	assert_why(scripted_push(&s), RC_RETRY, s.e, WHY_STOPPED);
	assert_says(s.e, "--max-duration");
	/* The third request started at 22 minutes and was answered at 33. */
	assert_int_equal(requests(), 3);
	assert_int_equal(s.report.acked.batches, 3);
	assert_int_equal(s.report.ambiguous.batches, 0);
}

/* --- what may have arrived, and what is refused
 * ------------------------------- */

static void
what_may_have_arrived_can_be_held(void **state)
{
	(void)state;
	s.target.hold = true;
	play(2, 2, 0, HTTP_NO_WAIT);
	script.reply.fate = HTTP_LOST;
	script.reply.stored = true;
	assert_ok(scripted_push(&s));
	assert_int_equal(scripted_doubled(&s), 0);
	assert_int_equal(s.report.held.batches, 1);
	assert_int_equal(s.report.ambiguous.batches, 1);
	s.target.hold = false;
	assert_ok(scripted_push(&s));
	check_done();
	assert_int_equal(scripted_doubled(&s), SCRIPTED_ROWS);
	assert_int_equal(s.report.ambiguous.records, SCRIPTED_ROWS);
}

/* Refuse record 57. */
static void
dislike(void *arg, const struct scripted_entry *r, struct scripted_reply *reply)
{
	if (r->token || r->first > 57 || r->first + r->n <= 57)
		return;
	reply->status = *(const long *)arg;
	reply->stored = false;
	reply->body = "{\"error\":{\"code\":\"Odd\",\"message\":\"not this\"}}";
}

static void
one_bad_record_is_found_by_halving(void **state)
{
	static long statuses[] = { 400, 413 };

	(void)state;
	for (size_t i = 0; i < COUNT(statuses); i++) {
		scripted_reset(&s);
		s.target.jobs = 4;
		s.answer = dislike;
		s.arg = &statuses[i];
		assert_ok(scripted_push(&s));
		assert_int_equal(s.report.refused, 1);
		assert_int_equal(scripted_present(&s), SCRIPTED_RECORDS - 1);
		assert_int_equal(s.stored[57], 0);
		assert_int_equal(scripted_doubled(&s), 0);
		char *const dead = file_text(in(s.state, "dead.ndjson"));
		assert_has(dead, "Odd: not this");
		assert_has(dead, "00000039"); /* 57 */
		free(dead);
	}
}

static void
too_many_refusals_stop_the_run(void **state)
{
	(void)state;
	s.target.max_dead = 7;
	play(2, 100000, 400, HTTP_NO_WAIT);
	assert_why(scripted_push(&s), RC_FATAL, s.e, WHY_REFUSED);
	assert_says(s.e, "--max-dead");
	assert_int_equal(s.report.refused, 8);
	const unsigned before = s.n;
	assert_why(scripted_push(&s), RC_FATAL, s.e, WHY_REFUSED);
	assert_int_equal(s.n, before);
}

static void
repeat_the_token(
    void *arg, const struct scripted_entry *r, struct scripted_reply *reply)
{
	static char body[200];

	(void)arg;
	if (r->token || r->number != 1)
		return;
	(void)snprintf(body, sizeof(body),
	    "{\"error\":{\"code\":\"X\",\"message\":\"bad "
	    "token-%04u-0123456789abcdefghij\"}}",
	    r->bearer);
	reply->status = 500;
	reply->stored = false;
	reply->body = body;
}

static void
a_server_that_repeats_the_token_is_not_quoted(void **state)
{
	(void)state;
	s.answer = repeat_the_token;
	assert_ok(scripted_push(&s)); /* compares the notes with secrets */
	assert_has(s.notes, "withheld");
	char *const receipts = file_text(in(s.state, "receipts.ndjson"));
	assert_non_null(receipts);
	assert_null(strstr(receipts, "token-0"));
	free(receipts);
}

/* --- the end -------------------------------------------------------------- */

/* A checkpoint is written before a request is sent, and says "acknowledged"
 * only after its answer. */
static void
claim_nothing(
    void *arg, const struct scripted_entry *r, struct scripted_reply *reply)
{
	(void)arg;
	(void)reply;
	if (!r->token)
		assert_true(s.report.acked.records <= scripted_present(&s));
}

static void
nothing_counts_as_done_before_it_is_answered(void **state)
{
	(void)state;
	s.answer = claim_nothing;
	s.target.jobs = 4;
	assert_ok(scripted_push(&s));
	check_done();
}

#define T(test) SCRIPTED_TEST(test, &s)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(waits_double_up_to_a_minute),
		T(what_the_server_asks_for_is_kept_by_all),
		T(a_single_failure_delays_its_own_batch_only),
		T(a_wait_longer_than_patience_ends_the_run_at_once),
		T(a_pause_holds_for_the_next_run),
		T(patience_ends_without_success_and_begins_anew_with_it),
		T(a_new_role_is_waited_for),
		T(a_role_is_waited_for_no_longer_than_told),
		T(tokens_are_renewed_before_they_expire),
		T(records_fly_while_a_token_is_renewed),
		T(one_new_token_for_all_in_flight),
		T(a_token_endpoint_that_falters_is_asked_again),
		T(calls_keep_their_distance),
		T(bytes_keep_their_distance),
		T(a_run_ends_before_its_bytes_are_passed),
		T(a_run_ends_by_time_and_what_flies_may_land),
		T(what_may_have_arrived_can_be_held),
		T(one_bad_record_is_found_by_halving),
		T(too_many_refusals_stop_the_run),
		T(a_server_that_repeats_the_token_is_not_quoted),
		T(nothing_counts_as_done_before_it_is_answered),
	};

	return RUN(tests);
}
