/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/helper.h"
#include "util/cursor.h"

static void
numbers_are_little_endian(void **state)
{
	struct cursor c = cursor_of(bytes("01 0302 07060504 0f0e0d0c0b0a0908"));

	(void)state;
	assert_int_equal(cursor_u8(&c), 0x01);
	assert_int_equal(cursor_u16(&c), 0x0203);
	assert_int_equal(cursor_u32(&c), 0x04050607);
	assert_int_equal(cursor_u64(&c), 0x08090a0b0c0d0e0f);
	assert_int_equal(c.left, 0);
	assert_false(c.bad);
}

static void
numbers_of_any_size(void **state)
{
	const struct span s = bytes("0102030405060708");

	(void)state;
	assert_int_equal(le_uint(s.p, 0), 0);
	assert_int_equal(le_uint(s.p, 1), 0x01);
	assert_int_equal(le_uint(s.p, 2), 0x0201);
	assert_int_equal(le_uint(s.p, 3), 0x030201);
	assert_int_equal(le_uint(s.p, 4), 0x04030201);
	assert_int_equal(le_uint(s.p, 7), 0x07060504030201);
	assert_int_equal(le_uint(s.p, 8), 0x0807060504030201);
}

static void
bytes_and_skips_move_on(void **state)
{
	struct cursor c = cursor_of(SPAN("abcdef"));

	(void)state;
	assert_span(cursor_bytes(&c, 2), "ab");
	cursor_skip(&c, 3);
	assert_span(cursor_bytes(&c, 1), "f");
	assert_span(cursor_bytes(&c, 0), "");
	assert_false(c.bad);
}

static void
beyond_the_end_is_zero_and_bad_for_ever(void **state)
{
	struct cursor c = cursor_of(bytes("010203"));

	(void)state;
	assert_int_equal(cursor_u32(&c), 0);
	assert_true(c.bad);
	/* The three bytes are not given to a smaller read. */
	assert_int_equal(cursor_u8(&c), 0);
	assert_int_equal(cursor_bytes(&c, 1).n, 0);
	cursor_skip(&c, 0);
	assert_true(c.bad);
	assert_int_equal(c.left, 0);
}

static void
a_huge_skip_does_not_wrap(void **state)
{
	struct cursor c = cursor_of(bytes("0102"));

	(void)state;
	cursor_skip(&c, SIZE_MAX);
	assert_true(c.bad);
	assert_int_equal(cursor_u8(&c), 0);
}

static void
an_empty_span_is_only_bad_when_read(void **state)
{
	struct cursor c = cursor_of(span_of(NULL, 0));

	(void)state;
	assert_false(c.bad);
	assert_int_equal(cursor_u8(&c), 0);
	assert_true(c.bad);
}

static void
spans_compare_by_bytes(void **state)
{
	(void)state;
	assert_true(span_eq(SPAN("a"), span_str("a")));
	assert_true(span_eq(span_of(NULL, 0), SPAN("")));
	assert_false(span_eq(SPAN("a"), SPAN("ab")));
	assert_false(span_eq(SPAN("a"), SPAN("A")));
	assert_true(span_cmp(SPAN("a"), SPAN("ab")) < 0);
	assert_true(span_cmp(SPAN("b"), SPAN("ab")) > 0);
	assert_true(span_cmp(SPAN("\x80"), SPAN("a")) > 0);
	assert_int_equal(span_cmp(SPAN("ab"), SPAN("ab")), 0);
	assert_int_equal(span_cmp(span_of(NULL, 0), SPAN("")), 0);
}

static void
a_span_starts_with_its_prefix(void **state)
{
	(void)state;
	assert_true(span_starts(SPAN("xmlns:a"), SPAN("xmlns")));
	assert_true(span_starts(SPAN("a"), SPAN("a")));
	assert_false(span_starts(SPAN("xml"), SPAN("xmlns")));
	assert_false(span_starts(SPAN("Xmlns"), SPAN("xmlns")));
	assert_true(span_starts(span_of(NULL, 0), span_of(NULL, 0)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_little_endian),
		cmocka_unit_test(numbers_of_any_size),
		cmocka_unit_test(bytes_and_skips_move_on),
		cmocka_unit_test(beyond_the_end_is_zero_and_bad_for_ever),
		cmocka_unit_test(a_huge_skip_does_not_wrap),
		cmocka_unit_test(an_empty_span_is_only_bad_when_read),
		cmocka_unit_test(spans_compare_by_bytes),
		cmocka_unit_test(a_span_starts_with_its_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, helper_teardown);
}
