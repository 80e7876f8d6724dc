/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promises of the loader's checkpoint while requests are in flight, and the
 * waits that protect a struggling receiver.
 */
#include "load/status.h"
#include "tests/unit/scripted.h"

#define MINUTE 60000

static struct scripted s;

/* The n-th request with records, from 1. */
static const struct scripted_entry *
request(unsigned n)
{
	for (unsigned i = 0; i < s.n; i++)
		if (!s.journal[i].token && s.journal[i].number == n)
			return &s.journal[i];
	fail_msg("no request %u", n);
	return NULL;
}

static void
fail_with(struct scripted_reply *reply, long status)
{
	reply->status = status;
	reply->stored = false;
}

/* --- the checkpoint ------------------------------------------------------- */

static enum rc
ignore_staging(void *arg, const char *name, const char *schema, const char *sum)
{
	(void)arg;
	(void)name;
	(void)schema;
	(void)sum;
	return RC_OK;
}

static enum rc
ignore_refusal(void *arg, const struct load_refusal *r)
{
	(void)arg;
	(void)r;
	return RC_OK;
}

/* The checkpoint that a kill at this moment would leave: every request sent so
 * far, and none acknowledged before its answer. */
static void
look_at_checkpoint(
    void *arg, const struct scripted_entry *r, struct scripted_reply *reply)
{
	static const struct load_each each = { .staging = ignore_staging,
		.refusal = ignore_refusal };
	unsigned *const looks = arg;
	struct load_report on_disk;
	struct err e;

	if (r->token)
		return;
	assert_ok(load_status(&s.target, &on_disk, &each, &e));
	assert_true(on_disk.acked.records <= scripted_present(&s));
	assert_true(on_disk.attempts >= r->number);
	reply->after_ms = 20 + r->number;
	++*looks;
}

static void
the_checkpoint_knows_each_request_and_no_answer_too_early(void **state)
{
	static const unsigned windows[] = { 1, 4, 16 };

	(void)state;
	for (size_t i = 0; i < COUNT(windows); i++) {
		unsigned looks = 0;

		scripted_reset(&s);
		s.target.jobs = windows[i];
		s.answer = look_at_checkpoint;
		s.arg = &looks;
		assert_ok(scripted_push(&s));
		assert_int_equal(looks, SCRIPTED_BATCHES);
		assert_int_equal(scripted_present(&s), SCRIPTED_RECORDS);
	}
}

/* Refuse the first request. Of the others two are answered within the two
 * seconds allowed, and one is not. */
static void
refuse_first(
    void *arg, const struct scripted_entry *r, struct scripted_reply *reply)
{
	(void)arg;
	if (r->token)
		return;
	if (r->number == 1)
		fail_with(reply, 403);
	else
		reply->after_ms = r->number == 4 ? 10000 : 1000;
}

static void
what_flies_at_the_end_may_land_and_else_is_ambiguous(void **state)
{
	(void)state;
	s.target.jobs = 4;
	s.target.timeout_ms = MINUTE;
	s.answer = refuse_first;
	assert_why(scripted_push(&s), RC_FATAL, s.e, WHY_DENIED);
	assert_int_equal(scripted_requests(&s, false), 4);
	assert_int_equal(s.report.acked.batches, 2);
	assert_int_equal(s.report.ambiguous.batches, 1);
	assert_int_equal(scripted_present(&s), 3 * SCRIPTED_ROWS);
	s.answer = NULL;
	assert_ok(scripted_push(&s));
	assert_int_equal(scripted_present(&s), SCRIPTED_RECORDS);
	assert_int_equal(scripted_doubled(&s), SCRIPTED_ROWS);
	assert_int_equal(s.report.ambiguous.records, SCRIPTED_ROWS);
}

/* The first batch is stored without an answer, and refused as too large when
 * sent again. */
static void
lose_then_split(
    void *arg, const struct scripted_entry *r, struct scripted_reply *reply)
{
	unsigned *const seen = arg;

	if (r->token || r->first != 0 || r->n != SCRIPTED_ROWS)
		return;
	if (++*seen == 1)
		reply->fate = HTTP_LOST;
	else
		fail_with(reply, 413);
}

static void
halves_of_an_ambiguous_batch_are_ambiguous(void **state)
{
	unsigned seen = 0;

	(void)state;
	s.answer = lose_then_split;
	s.arg = &seen;
	assert_ok(scripted_push(&s));
	assert_int_equal(seen, 2);
	assert_int_equal(scripted_present(&s), SCRIPTED_RECORDS);
	assert_int_equal(scripted_doubled(&s), SCRIPTED_ROWS);
	assert_int_equal(s.report.ambiguous.records, SCRIPTED_ROWS);
}

/* --- waits ---------------------------------------------------------------- */

struct failing {
	unsigned n; /* the first n requests with records */
	long status;
	int64_t wait_ms;
};

static void
fail_first(
    void *arg, const struct scripted_entry *r, struct scripted_reply *reply)
{
	const struct failing *const f = arg;

	if (r->token || r->number > f->n)
		return;
	fail_with(reply, f->status);
	reply->wait_ms = f->wait_ms;
}

static void
retry_after_zero_still_backs_off(void **state)
{
	struct failing once = { 1, 503, 0 };

	(void)state;
	s.answer = fail_first;
	s.arg = &once;
	assert_ok(scripted_push(&s));
	assert_true(request(2)->start_ms - request(1)->end_ms >= 500);
}

static void
failures_of_one_window_count_once(void **state)
{
	struct failing window = { SCRIPTED_BATCHES, 503, HTTP_NO_WAIT };

	(void)state;
	s.target.jobs = 16;
	s.answer = fail_first;
	s.arg = &window;
	assert_ok(scripted_push(&s));
	const int64_t wait = request(SCRIPTED_BATCHES + 1)->start_ms -
			     request(SCRIPTED_BATCHES)->end_ms;
	assert_true(wait >= 500 && wait <= 1000);
}

static void
a_pause_of_over_an_hour_does_not_bind_the_next_run(void **state)
{
	struct failing once = { 1, 429, 90 * MINUTE };

	(void)state;
	s.answer = fail_first;
	s.arg = &once;
	assert_why(scripted_push(&s), RC_RETRY, s.e, WHY_NETWORK);
	assert_int_equal(scripted_requests(&s, false), 1);
	assert_ok(scripted_push(&s));
	assert_int_equal(scripted_present(&s), SCRIPTED_RECORDS);
}

static void
the_last_try_for_a_role_is_when_its_time_is_over(void **state)
{
	struct failing always = { UINT32_MAX, 403, HTTP_NO_WAIT };
	const int64_t begun = scripted_ms();

	(void)state;
	s.target.role_wait_ms = 20 * MINUTE;
	s.answer = fail_first;
	s.arg = &always;
	assert_why(scripted_push(&s), RC_FATAL, s.e, WHY_DENIED);
	const int64_t last =
	    request(scripted_requests(&s, false))->start_ms - begun;
	assert_true(last >= 20 * MINUTE && last <= 20 * MINUTE + 200);
}

/* Refuse the first token, and the first request with the second token; accept
 * the others a second later. */
static void
doubtful_token(
    void *arg, const struct scripted_entry *r, struct scripted_reply *reply)
{
	(void)arg;
	if (r->token)
		return;
	if (r->number <= 5)
		fail_with(reply, 401);
	else if (r->number <= 8)
		reply->after_ms = 1000;
}

static void
a_token_in_doubt_is_not_used_until_another_request_proves_it(void **state)
{
	(void)state;
	s.target.jobs = 4;
	s.answer = doubtful_token;
	assert_ok(scripted_push(&s));
	assert_int_equal(scripted_present(&s), SCRIPTED_RECORDS);
	assert_int_equal(scripted_requests(&s, true), 2);
	assert_int_equal(request(5)->bearer, request(8)->bearer);
	assert_true(request(9)->start_ms >= request(8)->end_ms);
}

#define T(test) SCRIPTED_TEST(test, &s)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_checkpoint_knows_each_request_and_no_answer_too_early),
		T(what_flies_at_the_end_may_land_and_else_is_ambiguous),
		T(halves_of_an_ambiguous_batch_are_ambiguous),
		T(retry_after_zero_still_backs_off),
		T(failures_of_one_window_count_once),
		T(a_pause_of_over_an_hour_does_not_bind_the_next_run),
		T(the_last_try_for_a_role_is_when_its_time_is_over),
		T(a_token_in_doubt_is_not_used_until_another_request_proves_it),
	};

	return RUN(tests);
}
