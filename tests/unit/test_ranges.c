/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of numbers as ranges, against a map of bits. */
#include "tests/unit/helper.h"
#include "util/ranges.h"

#define NUMBERS 300U
#define MAX_MANY ((size_t)1000)

static void
add(struct ranges *s, uint64_t first, uint64_t last, size_t max)
{
	const struct range r = { first, last };
	struct err e;

	assert_ok(ranges_add(s, &r, max, &e));
}

static void
compare(const struct ranges *s, const bool *has)
{
	uint64_t gaps = 0;
	uint64_t missing = 0;
	size_t least = NUMBERS;
	size_t most = 0;

	for (size_t i = 0; i < NUMBERS; i++) {
		if (!has[i])
			continue;
		least = least < i ? least : i;
		most = i;
	}
	for (size_t i = least; i < most; i++) {
		missing += has[i] ? 0 : 1;
		gaps += has[i] && !has[i + 1] ? 1 : 0;
	}
	assert_int_equal(ranges_missing(s), missing);
	assert_int_equal(ranges_gaps(s), gaps);
	assert_int_equal(s->item[0].first, least);
	assert_int_equal(s->item[s->n - 1].last, most);
}

static void
any_order_makes_the_same_set(void **state)
{
	uint32_t seed = 7;

	(void)state;
	for (int round = 0; round < 50; round++) {
		struct ranges s = { .n = 0 };
		bool has[NUMBERS] = { false };
		uint64_t again = 0;
		for (int i = 0; i < 60; i++) {
			seed = seed * 1103515245U + 12345U;
			const uint64_t first = (seed >> 8) % (NUMBERS - 10);
			const uint64_t last = first + (seed >> 20) % 10;
			add(&s, first, last, MAX_MANY);
			for (uint64_t n = first; n <= last; n++) {
				again += has[n] ? 1 : 0;
				has[n] = true;
			}
			compare(&s, has);
			assert_int_equal(s.again, again);
		}
		ranges_free(&s);
	}
}

static void
numbers_that_touch_are_one_range(void **state)
{
	struct ranges s = { .n = 0 };

	(void)state;
	add(&s, 5, 5, MAX_MANY);
	add(&s, 7, 9, MAX_MANY);
	assert_int_equal(s.n, 2);
	add(&s, 6, 6, MAX_MANY);
	assert_int_equal(s.n, 1);
	assert_int_equal(ranges_gaps(&s), 0);
	add(&s, 0, 3, MAX_MANY);
	add(&s, 1, 20, MAX_MANY);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.item[0].first, 0);
	assert_int_equal(s.item[0].last, 20);
	assert_int_equal(s.again, 3 + 5);
	ranges_free(&s);
}

/* What is counted stays right though not all gaps are known any more. */
static void
the_smallest_gaps_are_forgotten(void **state)
{
	struct ranges s = { .n = 0 };
	uint64_t at = 1;

	(void)state;
	for (uint64_t i = 0; i < 100; i++) {
		add(&s, at, at, RANGES_MIN);
		assert_true(s.n <= RANGES_MIN);
		at += 2 + (i == 50 ? 1000 : i % 3);
	}
	const uint64_t last = s.item[s.n - 1].last;
	assert_int_equal(ranges_gaps(&s), 99);
	assert_int_equal(ranges_missing(&s), last - 100);
	assert_true(s.joined > 0);
	bool large = false;
	for (size_t i = 0; i + 1 < s.n; i++)
		large = large || s.item[i + 1].first - s.item[i].last > 1000;
	assert_true(large);
	ranges_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_order_makes_the_same_set),
		cmocka_unit_test(numbers_that_touch_are_one_range),
		cmocka_unit_test(the_smallest_gaps_are_forgotten),
	};

	return RUN(tests);
}
