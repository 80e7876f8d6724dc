/* SPDX-License-Identifier: Apache-2.0 */
#include "load/rate_limit.h"
#include "tests/unit/helper.h"

#define CALLS 3000

static struct rate_limit limit;
static int64_t at[CALLS]; /* when each call went out */

/* Send n calls as early as allowed, from a clock with an arbitrary start. */
static void
send(const struct rate_limit_options *o, const struct rate_limit_call *call,
    unsigned n)
{
	int64_t now = 123456789;

	rate_limit_init(&limit, o);
	for (unsigned i = 0; i < n; i++) {
		const int64_t due = rate_limit_due(&limit, call, now);
		assert_true(due >= now);
		now = due;
		assert_int_equal(rate_limit_due(&limit, call, now), now);
		rate_limit_add(&limit, call, now);
		at[i] = now;
	}
}

/* The most calls in any span of so many milliseconds. */
static unsigned
most(unsigned n, int64_t ms)
{
	unsigned best = 0;
	unsigned first = 0;

	for (unsigned i = 0; i < n; i++) {
		while (at[i] - at[first] >= ms)
			first++;
		if (i - first + 1 > best)
			best = i - first + 1;
	}
	return best;
}

static void
nothing_is_limited(void **state)
{
	const struct rate_limit_options o = { .bytes = 0 };
	const struct rate_limit_call call = { 1000000, 100000 };

	(void)state;
	send(&o, &call, CALLS);
	assert_int_equal(at[CALLS - 1], at[0]);
	assert_false(rate_limit_is_used_up(&limit, &call));
}

static void
calls_in_any_minute(void **state)
{
	const struct rate_limit_options o = { .calls_a_minute = 1000 };
	const struct rate_limit_call call = { 1, 1 };

	(void)state;
	send(&o, &call, CALLS);
	assert_int_equal(most(CALLS, 60000), 1000);
	/* The first thousand immediately, and no minute unused after them. */
	assert_int_equal(at[999], at[0]);
	assert_true(at[CALLS - 1] - at[0] <= 2 * 61000);
}

static void
bytes_in_any_minute(void **state)
{
	const struct rate_limit_options o = { .bytes_a_minute = 2000000000 };
	const struct rate_limit_call call = { 999999, 100000 };

	(void)state;
	send(&o, &call, CALLS);
	assert_int_equal(most(CALLS, 60000), 2000);
}

/* Calls of an earlier run in the same minute count. */
static void
calls_of_a_run_before_count(void **state)
{
	const struct rate_limit_options o = { .calls_a_minute = 10 };
	const struct rate_limit_call call = { 1, 1 };
	struct rate_limit l;

	(void)state;
	rate_limit_init(&l, &o);
	for (int i = 0; i < 9; i++)
		rate_limit_add_earlier(&l, &call, 100000 - 30000 - i);
	rate_limit_add_earlier(&l, &call, -5000);
	assert_int_equal(rate_limit_due(&l, &call, 100000), 100000);
	rate_limit_add(&l, &call, 100000);
	/* When the nine are more than a minute ago. */
	assert_int_equal(rate_limit_due(&l, &call, 100001), 130000);
	assert_false(rate_limit_is_used_up(&l, &call));
}

/* A call larger than the limit is allowed once, or nothing would ever be sent.
 */
static void
one_call_may_always_go(void **state)
{
	const struct rate_limit_options o = { .bytes_a_minute = 10 };
	const struct rate_limit_call call = { 999999, 1 };

	(void)state;
	send(&o, &call, 3);
	assert_int_equal(most(3, 60000), 1);
	assert_true(at[1] - at[0] <= 61000);
}

static void
calls_a_second(void **state)
{
	const struct rate_limit_options o = { .calls_a_kilosecond = 7500 };
	const struct rate_limit_call call = { 1, 1 };

	(void)state;
	send(&o, &call, 100);
	assert_int_equal(most(100, 1000), 8);
	assert_true(at[99] - at[0] >= 13200 && at[99] - at[0] < 13400);
}

static void
bytes_a_second(void **state)
{
	const struct rate_limit_options o = { .bytes_a_second = 50000 };
	const struct rate_limit_call call = { 1000000, 100000 };

	(void)state;
	send(&o, &call, 10);
	for (unsigned i = 1; i < 10; i++)
		assert_int_equal(at[i] - at[i - 1], 2000);
}

static void
bytes_of_a_run(void **state)
{
	const struct rate_limit_options o = { .bytes = 1000 };
	const struct rate_limit_call call = { 5000, 400 };
	const struct rate_limit_call rest = { 5000, 200 };

	(void)state;
	send(&o, &call, 2);
	assert_true(rate_limit_is_used_up(&limit, &call));
	assert_false(rate_limit_is_used_up(&limit, &rest));
	rate_limit_add(&limit, &rest, 0);
	assert_true(rate_limit_is_used_up(&limit, &rest));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_limited),
		cmocka_unit_test(calls_in_any_minute),
		cmocka_unit_test(bytes_in_any_minute),
		cmocka_unit_test(calls_of_a_run_before_count),
		cmocka_unit_test(one_call_may_always_go),
		cmocka_unit_test(calls_a_second),
		cmocka_unit_test(bytes_a_second),
		cmocka_unit_test(bytes_of_a_run),
	};

	return RUN(tests);
}
