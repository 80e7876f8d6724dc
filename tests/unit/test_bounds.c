/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of numbers within bounds, beside the plain rule. */
#include "tests/unit/helper.h"
#include "util/bounds.h"

#define MOST 40

static uint8_t table[4 * MOST + 1];
static uint32_t low[MOST];
static uint32_t more[MOST];

static void
put(size_t i, uint32_t v)
{
	for (unsigned b = 0; b < 4; b++)
		table[1 + 4 * i + b] = (uint8_t)(v >> 8 * b);
}

static bool
holds(size_t n)
{
	return bounds_hold(table + 1, low, more, n);
}

static void
set(size_t i, uint32_t from, uint32_t above)
{
	low[i] = from;
	more[i] = BOUNDS_MORE(above);
	put(i, from + above / 2);
}

static void
each_place_of_each_length_counts(void **state)
{
	(void)state;
	for (size_t n = 0; n <= MOST; n++) {
		for (size_t i = 0; i < MOST; i++)
			set(i, 0x00010001 + (uint32_t)i, 0xfffe);
		assert_true(holds(n));
		for (size_t i = 0; i < MOST; i++) {
			put(i, low[i] - 1);
			assert_int_equal(holds(n), i >= n);
			put(i, low[i] + 0xffff);
			assert_int_equal(holds(n), i >= n);
			put(i, low[i] + 0xfffe);
			assert_true(holds(n));
		}
	}
}

/* Numbers at the ends, and with the highest bit. */
static void
random_bounds_hold_as_the_plain_rule_says(void **state)
{
	static const uint32_t odd[] = { 0, 1, 0x7fffffff, 0x80000000,
		0x80000001, 0xfffffffe, 0xffffffff };

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		const size_t n = dice(9);
		bool want = true;
		for (size_t i = 0; i < n; i++) {
			const uint32_t v = odd[dice(COUNT(odd))] + dice(3);
			const uint32_t above = odd[dice(COUNT(odd))];
			set(i, odd[dice(COUNT(odd))] - dice(3), above);
			put(i, v);
			want = want && v - low[i] <= above;
		}
		assert_int_equal(holds(n), want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_place_of_each_length_counts),
		cmocka_unit_test(random_bounds_hold_as_the_plain_rule_says),
	};

	return RUN(tests);
}
