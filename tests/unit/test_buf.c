/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/helper.h"

static void
puts_append(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_null(b.p);
	buf_put(&b, SPAN("ab"));
	buf_put(&b, span_of(NULL, 0));
	buf_str(&b, "cd");
	buf_byte(&b, 'e');
	buf_fmt(&b, "-%d-%s", 12, "x");
	assert_buf(&b, "abcde-12-x");
	assert_false(b.full);
	buf_reset(&b);
	assert_int_equal(b.n, 0);
	assert_int_equal(b.max, 1000);
}

static void
the_maximum_is_reached_and_not_passed(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	for (unsigned i = 0; i < 1000; i++)
		buf_byte(&b, 'x');
	assert_false(b.full);
	assert_int_equal(b.n, 1000);
	buf_byte(&b, 'y');
	assert_true(b.full);
	assert_int_equal(b.n, 1000);
	assert_true(b.cap <= 1000);
	buf_reset(&b);
}

static void
after_a_failed_reservation_puts_do_nothing(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	buf_str(&b, "line ");
	assert_null(buf_room(&b, 96));
	assert_true(b.full);
	/* There is room for these, but the line has a gap already. */
	buf_str(&b, "more");
	buf_byte(&b, 'c');
	buf_fmt(&b, "%d", 1);
	buf_put(&b, SPAN("s"));
	assert_null(buf_room(&b, 1));
	assert_buf(&b, "line ");
	buf_reset(&b);
}

static void
cut_takes_a_line_back_and_forgets_the_failure(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_str(&b, "first\n");
	const size_t start = b.n;
	buf_str(&b, "sec");
	buf_str(&b, "ond is too long");
	assert_true(b.full);
	buf_cut(&b, start);
	assert_false(b.full);
	assert_buf(&b, "first\n");
	buf_str(&b, "2nd\n");
	assert_buf(&b, "first\n2nd\n");
	buf_reset(&b);
}

static void
room_is_written_unchecked_and_then_counted(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, (size_t)1 << 20);
	for (unsigned i = 0; i < 100; i++) {
		uint8_t *const p = buf_room(&b, 5000);
		assert_non_null(p);
		memset(p, 'a' + (int)(i % 26), 5000);
		b.n += 3;
	}
	assert_int_equal(b.n, 300);
	assert_memory_equal(b.p, "aaabbbccc", 9);
	assert_memory_equal(b.p + 297, "vvv", 3);
	buf_reset(&b);
}

static void
drop_removes_from_the_front(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	buf_str(&b, "one\ntwo\n");
	buf_drop(&b, 4);
	assert_buf(&b, "two\n");
	buf_drop(&b, 0);
	assert_buf(&b, "two\n");
	buf_drop(&b, 4);
	assert_int_equal(b.n, 0);
	buf_reset(&b);
}

static void
a_size_beyond_everything_does_not_wrap(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	buf_str(&b, "x");
	assert_null(buf_room(&b, SIZE_MAX));
	assert_true(b.full);
	buf_reset(&b);
}

static void
a_full_buffer_says_that_it_is_no_lack_of_memory(void **state)
{
	struct err e;
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_str(&b, "more than ten bytes");
	assert_true(b.full);
	assert_why(buf_fail(&b, "a name", &e), RC_FATAL, e, WHY_LIMIT);
	assert_has(e.text, "a name has more than 10 bytes");
	b.starved = true;
	assert_why(buf_fail(&b, "a name", &e), RC_FATAL, e, WHY_MEMORY);
	buf_reset(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_append),
		cmocka_unit_test(the_maximum_is_reached_and_not_passed),
		cmocka_unit_test(after_a_failed_reservation_puts_do_nothing),
		cmocka_unit_test(cut_takes_a_line_back_and_forgets_the_failure),
		cmocka_unit_test(room_is_written_unchecked_and_then_counted),
		cmocka_unit_test(drop_removes_from_the_front),
		cmocka_unit_test(a_size_beyond_everything_does_not_wrap),
		cmocka_unit_test(
		    a_full_buffer_says_that_it_is_no_lack_of_memory),
	};

	return RUN(tests);
}
