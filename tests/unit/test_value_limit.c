/* SPDX-License-Identifier: Apache-2.0 */
/* Values that are too long for a column. */
#include "schema/table.h"
#include "schema/value_limit.h"
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
	const struct value_limit how = { &table_securityevent,
		split ? VALUE_LIMIT_SPLIT : VALUE_LIMIT_TRUNCATE,
		VALUE_LIMIT_ROW, NULL };
	struct err e;
	unsigned cut;
	assert_int_equal(
	    value_limit_apply(&b, strlen("before"), &how, &cut, &e), RC_OK);
	assert_int_equal(cut, times > kept);
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

/* Cut {"EventData":<object>} of a row of windowsevent. */
static unsigned
cut_object(struct buf *b, enum value_limit_mode way, struct buf *spilled)
{
	const struct value_limit how = { &table_windowsevent, way,
		VALUE_LIMIT_ROW, spilled };
	struct err e;
	unsigned cut;

	assert_int_equal(value_limit_apply(b, 0, &how, &cut, &e), RC_OK);
	assert_false(b->full);
	return cut;
}

static void
lists_and_objects_are_cut_inside(void **state)
{
	struct buf b;
	struct buf want;

	(void)state;
	buf_init(&b, 1U << 20);
	buf_init(&want, 1U << 20);
	buf_str(&b, "{\"EventData\":{\"a\":1,\"l\":[\"s\",{\"x\":\"");
	put_run(&b, "\\n", 40000);
	buf_str(&b, "\"},\"t\"],\"z\":\"end\"},\"Z\":2}");
	assert_int_equal(cut_object(&b, VALUE_LIMIT_SPLIT, NULL), 1);
	/* {"a":1,"l":["s",{"x":""}],"z":"end"} is left of 64 KB, and a comma
	 * or two. */
	const char *const text = (const char *)b.p;
	const char *const end = memmem(text, b.n, "\"}],\"z\"", 7);
	assert_non_null(end);
	const size_t n = (size_t)(end - strchr(text, '\\')) / 2;
	assert_in_range(n, (65536 - 40) / 2, (65536 - 36) / 2);
	buf_str(&want, "{\"EventData\":{\"a\":1,\"l\":[\"s\",{\"x\":\"");
	put_run(&want, "\\n", n);
	buf_str(&want, "\"}],\"z\":\"end\"},\"Z\":2,\"EventData_2_CF\":"
		       "{\"l\":[{\"x\":\"");
	put_run(&want, "\\n", 40000 - n);
	buf_str(&want, "\"},\"t\"]}}");
	assert_span_eq(buf_span(&b), buf_span(&want));
	buf_reset(&b);
	buf_reset(&want);
}

/* If the names alone are too long, the omitted members are listed. */
static void
objects_of_many_members_lose_some(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4U << 20);
	buf_str(&b, "{\"EventData\":{");
	for (unsigned i = 0; i < 40000; i++)
		buf_fmt(&b, "%s\"n%05u\":\"v\"", i == 0 ? "" : ",", i);
	buf_str(&b, "}}");
	assert_int_equal(cut_object(&b, VALUE_LIMIT_SPLIT, NULL), 1);
	buf_byte(&b, '\0');
	assert_non_null(strstr((char *)b.p, "\"Truncated_CF\":\""));
	assert_non_null(strstr((char *)b.p, " EventData.n39999\"}"));
	buf_reset(&b);
}

static void
what_is_spilled_is_whole_and_plain(void **state)
{
	struct buf b;
	struct buf spilled;
	struct buf want;
	struct spilled_value v;

	(void)state;
	buf_init(&b, 1U << 20);
	buf_init(&spilled, 1U << 20);
	buf_init(&want, 1U << 20);
	buf_str(&b, "{\"EventData\":{\"t\":\"");
	put_run(&b, "\\u0007\\\"\\t/", 20000);
	buf_str(&b, "\",\"s\":\"short\"}}");
	assert_int_equal(cut_object(&b, VALUE_LIMIT_SPILL, &spilled), 1);
	put_run(&want, "\a\"\t/", 20000);
	struct span rest = buf_span(&spilled);
	assert_true(value_limit_next_spilled(&rest, &v));
	assert_span_eq(v.bytes, buf_span(&want));
	assert_false(value_limit_next_spilled(&rest, &v));
	buf_fmt(&want, "\"LongFields_CF\":\"EventData.t=%s\"}", v.sha256);
	const size_t n = want.n - v.bytes.n;
	assert_span_eq(
	    span_of(b.p + b.n - n, n), span_of(want.p + v.bytes.n, n));
	buf_reset(&b);
	buf_reset(&spilled);
	buf_reset(&want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_that_fit_stay),
		cmocka_unit_test(long_ones_are_split_at_a_character),
		cmocka_unit_test(what_no_column_can_have_is_named),
		cmocka_unit_test(lists_and_objects_are_cut_inside),
		cmocka_unit_test(objects_of_many_members_lose_some),
		cmocka_unit_test(what_is_spilled_is_whole_and_plain),
	};

	return RUN(tests);
}
