/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Distinguishes a receiver that refuses everything from one that refuses single
 * records.
 */
#include "load/trial.h"
#include "tests/unit/scripted.h"

static struct scripted s;

static const unsigned windows[] = { 1, 3, 16 };

/* True for the requests that the receiver accepts. */
static bool (*accepts)(const struct scripted_entry *request);
static const char *(*words)(const struct scripted_entry *request);

static const char *
usual_words(const struct scripted_entry *request)
{
	static char text[128];

	/* The text contains a number that differs between answers. */
	(void)snprintf(text, sizeof(text),
	    "{\"error\":{\"code\":\"InvalidRow\",\"message\":\"no column "
	    "Acount, trace 77-%u\"}}",
	    request->number);
	return text;
}

static void
answer(void *arg, const struct scripted_entry *request,
    struct scripted_reply *reply)
{
	(void)arg;
	if (request->token || accepts(request))
		return;
	reply->status = 400;
	reply->stored = false;
	reply->body = words(request);
}

static bool
nothing(const struct scripted_entry *request)
{
	(void)request;
	return false;
}

static bool
single_records(const struct scripted_entry *request)
{
	return request->n == 1;
}

/* A record that is among the last to be tried. */
static bool
record_105_alone(const struct scripted_entry *request)
{
	return request->first == 105 && request->n == 1;
}

static bool
record_0_not(const struct scripted_entry *request)
{
	return request->first != 0;
}

static void
begin(unsigned window, bool (*yes)(const struct scripted_entry *))
{
	scripted_reset(&s);
	s.target.jobs = window;
	s.answer = answer;
	accepts = yes;
	words = usual_words;
}

#define EACH_WINDOW(yes) \
	for (size_t w = 0; w < sizeof(windows) / sizeof(*windows) && \
			   (begin(windows[w], yes), true); \
	     w++)

static void
a_receiver_that_refuses_all_stops_the_run(void **state)
{
	(void)state;
	EACH_WINDOW(nothing)
	{
		assert_why(scripted_push(&s), RC_FATAL, s.e, WHY_DENIED);
		assert_says(s.e, "no column Acount");
		assert_says(s.e, "evtxload dcr, probe --row");
		/* Requests for the batches, and for one or two records of each.
		 */
		assert_true(scripted_requests(&s, false) <=
			    SCRIPTED_BATCHES + TRIAL_RECORDS);
		/* No record was refused for good. */
		assert_int_equal(s.report.refused, 0);
		assert_int_equal(s.report.left.records, SCRIPTED_RECORDS);

		/* After the columns are corrected, the same command loads
		 * everything. */
		accepts = record_0_not;
		s.answer = NULL;
		assert_ok(scripted_push(&s));
		assert_int_equal(scripted_present(&s), SCRIPTED_RECORDS);
		assert_int_equal(scripted_doubled(&s), 0);
	}
}

static void
the_records_tried_are_of_different_batches(void **state)
{
	unsigned tried[SCRIPTED_BATCHES] = { 0 };
	unsigned batches = 0;

	(void)state;
	begin(1, nothing);
	assert_why(scripted_push(&s), RC_FATAL, s.e, WHY_DENIED);
	for (unsigned i = 0; i < s.n; i++)
		if (!s.journal[i].token && s.journal[i].n == 1)
			tried[s.journal[i].first / SCRIPTED_ROWS]++;
	for (unsigned i = 0; i < SCRIPTED_BATCHES; i++) {
		assert_true(tried[i] <= 2);
		batches += tried[i] > 0;
	}
	assert_true(batches >= 8);
}

static void
one_accepted_record_lets_bisection_go_on(void **state)
{
	(void)state;
	EACH_WINDOW(single_records)
	{
		assert_ok(scripted_push(&s));
		assert_int_equal(scripted_present(&s), SCRIPTED_RECORDS);
		assert_int_equal(scripted_doubled(&s), 0);
		assert_int_equal(s.report.left.records, 0);
		assert_int_equal(s.report.left.batches, 0);
	}
	EACH_WINDOW(record_0_not)
	{
		assert_ok(scripted_push(&s));
		assert_int_equal(scripted_present(&s), SCRIPTED_RECORDS - 1);
		assert_int_equal(s.report.refused, 1);
	}
}

/* The trial may miss the only good record: nothing is lost, and the message
 * says what to do. */
static void
what_is_not_met_stays_planned(void **state)
{
	(void)state;
	begin(1, record_105_alone);
	assert_why(scripted_push(&s), RC_FATAL, s.e, WHY_DENIED);
	assert_int_equal(s.report.left.records, SCRIPTED_RECORDS);
}

static const char *
words_of_record(const struct scripted_entry *request)
{
	return request->first % 2 == 0 ? "{\"error\":{\"code\":\"Even\"}}"
				       : "{\"error\":{\"code\":\"Odd\"}}";
}

static void
different_words_are_no_systematic_refusal(void **state)
{
	(void)state;
	EACH_WINDOW(nothing)
	{
		words = words_of_record;
		assert_ok(scripted_push(&s));
		assert_int_equal(s.report.refused, SCRIPTED_RECORDS);
		assert_int_equal(s.report.left.records, 0);
		assert_int_equal(s.report.left.batches, 0);
	}
}

static bool
the_first_five_batches(const struct scripted_entry *request)
{
	return request->first < 50;
}

/* An earlier run had records accepted: no trial. */
static void
what_was_accepted_once_is_remembered(void **state)
{
	(void)state;
	begin(1, the_first_five_batches);
	assert_ok(scripted_push(&s));
	assert_int_equal(s.report.refused, 70);
	assert_ok(scripted_retry_dead(&s));
	assert_int_equal(s.report.refused, 70);
	assert_int_equal(s.report.revived, 70);
}

static bool fails;

static void
fail_sometimes(void *arg, const struct scripted_entry *request,
    struct scripted_reply *reply)
{
	answer(arg, request, reply);
	if (!request->token && fails && request->number % 3 == 0) {
		reply->fate = HTTP_LOST;
		reply->status = 0;
	}
}

/* With lost answers, sent again or held, it still ends and adds up. */
static void
lost_answers_do_not_disturb_it(void **state)
{
	(void)state;
	fails = true;
	EACH_WINDOW(nothing)
	{
		s.answer = fail_sometimes;
		assert_why(scripted_push(&s), RC_FATAL, s.e, WHY_DENIED);
		assert_int_equal(s.report.left.records, SCRIPTED_RECORDS);

		begin(windows[w], nothing);
		s.answer = fail_sometimes;
		s.target.hold = true;
		(void)scripted_push(&s);
		assert_int_equal(
		    s.report.left.records + s.report.refused, SCRIPTED_RECORDS);
		s.target.hold = false;
	}
}

#define T(test) SCRIPTED_TEST(test, &s)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_receiver_that_refuses_all_stops_the_run),
		T(the_records_tried_are_of_different_batches),
		T(one_accepted_record_lets_bisection_go_on),
		T(what_is_not_met_stays_planned),
		T(different_words_are_no_systematic_refusal),
		T(what_was_accepted_once_is_remembered),
		T(lost_answers_do_not_disturb_it),
	};

	return RUN(tests);
}
