/* SPDX-License-Identifier: Apache-2.0 */
/* Values that are too long for a column. */
#include "schema/longfield.h"
#include "schema/table.h"
#include "tests/unit/helper.h"

static void
put_run(struct buf *b, const char *what, size_t times)
{
	for (size_t i = 0; i < times; i++)
		buf_str(b, what);
}

/* Cut {"A":1,"<name>":"<what> x times","Z":"z"} and compare it with that part,
 * then the tail behind Z. */
static void
assert_cut(
    const char *what, size_t times, size_t kept, bool split, const char *name)
{
	struct buf b;
	struct buf want;

	buf_init(&b, 10U << 20);
	buf_init(&want, 10U << 20);
	buf_str(&b, "before");
	buf_fmt(&b, "{\"A\":{\"x\":\"}\"},\"%s\":\"", name);
	put_run(&b, what, times);
	buf_str(&b, "\",\"Z\":\"z\"}");
	assert_int_equal(
	    longfield_cut(&b, strlen("before"), &table_securityevent, split),
	    times > kept);
	buf_fmt(&want, "before{\"A\":{\"x\":\"}\"},\"%s\":\"", name);
	put_run(&want, what, kept);
	buf_str(&want, "\",\"Z\":\"z\"");
	size_t left = times - kept;
	split = split && strcmp(name, "EventData") == 0;
	for (unsigned i = 2; split && left > 0 && i <= 4; i++) {
		const size_t n = left < kept ? left : kept;
		buf_fmt(&want, ",\"%s_%u_CF\":\"", name, i);
		put_run(&want, what, n);
		buf_byte(&want, '"');
		left -= n;
	}
	if (left > 0)
		buf_fmt(&want, ",\"Truncated_CF\":\"%s\"", name);
	buf_byte(&want, '}');
	assert_span_eq(buf_span(&b), buf_span(&want));
	buf_reset(&b);
	buf_reset(&want);
}

static void
values_that_fit_stay(void **state)
{
	(void)state;
	assert_cut("x", 65536, 65536, true, "EventData");
	assert_cut("\\n", 65536, 65536, true, "EventData");
	assert_cut("\\u0001", 65536, 65536, false, "Other");
}

static void
long_ones_are_split_at_a_character(void **state)
{
	(void)state;
	assert_cut("x", 65537, 65536, true, "EventData");
	assert_cut("\\\\", 150000, 65536, true, "EventData");
	assert_cut("\xe2\x82\xac", 30000, 21845, true, "EventData");
	assert_cut("\xf0\x9f\x98\x80", 20000, 16384, true, "EventData");
	assert_cut("x", 262144, 65536, true, "EventData");
}

static void
what_no_column_can_have_is_named(void **state)
{
	(void)state;
	assert_cut("x", 262145, 65536, true, "EventData");
	assert_cut("x", 70000, 65536, true, "PrivilegeList");
	assert_cut("\\\"", 70000, 65536, false, "EventData");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_that_fit_stay),
		cmocka_unit_test(long_ones_are_split_at_a_character),
		cmocka_unit_test(what_no_column_can_have_is_named),
	};

	return RUN(tests);
}
