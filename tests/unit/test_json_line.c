/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/json_line.h"
#include "tests/unit/helper.h"

static struct buf room;
static struct err error;

static int
setup(void **state)
{
	(void)state;
	buf_init(&room, 1 << 24);
	return 0;
}

static int
teardown(void **state)
{
	buf_reset(&room);
	return helper_teardown(state);
}

static enum rc
first_of(struct span line, struct json_member *one, struct json_line *m)
{
	assert_ok(json_line_begin(m, line, &room, &error));
	return json_line_next(m, one);
}

/* {"a":VALUE} has one member of this kind and value. */
static void
assert_value(const char *json, enum json_member_kind kind, struct span want)
{
	char line[4000];
	struct json_line m;
	struct json_member one;

	(void)snprintf(line, sizeof(line), "{\"a\":%s}", json);
	if (first_of(span_str(line), &one, &m) != RC_OK)
		fail_msg("%s is refused", json);
	assert_int_equal(one.kind, kind);
	assert_span(one.name, "a");
	assert_span_eq(one.value, want);
	assert_int_equal(json_line_next(&m, &one), RC_END);
}

static bool
holds(struct span line)
{
	struct json_line m;

	assert_ok(json_line_begin(&m, line, &room, &error));
	return json_line_is_valid(&m);
}

static void
each_kind(void **state)
{
	(void)state;
	assert_value("null", JSON_MEMBER_NULL, SPAN("null"));
	assert_value(" true ", JSON_MEMBER_TRUE, SPAN("true"));
	assert_value("false", JSON_MEMBER_FALSE, SPAN("false"));
	assert_value("\"\"", JSON_MEMBER_TEXT, SPAN(""));
	assert_value(
	    "\"a longer text\"", JSON_MEMBER_TEXT, SPAN("a longer text"));
	assert_value("[]", JSON_MEMBER_NESTED, SPAN("[]"));
	assert_value("{}", JSON_MEMBER_NESTED, SPAN("{}"));
}

static void
numbers_stay_as_they_are_written(void **state)
{
	static const char *const good[] = { "0", "-0", "7", "-12",
		"9007199254740993", "18446744073709551616", "1.50", "1e3",
		"-1.2E-10", "0.0e+0", "1e999999" };
	static const char *const bad[] = { "-", "01", "-01", "1.", ".5", "1e",
		"1e+", "+1", "0x10", "NaN", "Infinity", "1_000", "1.e3",
		"--1" };

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_value(good[i], JSON_MEMBER_NUMBER, span_str(good[i]));
	for (size_t i = 0; i < COUNT(bad); i++) {
		char line[64];
		(void)snprintf(line, sizeof(line), "{\"a\":%s}", bad[i]);
		if (holds(span_str(line)))
			fail_msg("%s is taken", bad[i]);
	}
}

static void
each_escape(void **state)
{
	(void)state;
	assert_value("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", JSON_MEMBER_TEXT,
	    SPAN("\"\\/\b\f\n\r\t"));
	assert_value("\"\\u0041\\u00e9\\u20AC\\uffFF\"", JSON_MEMBER_TEXT,
	    SPAN("A\xc3\xa9\xe2\x82\xac\xef\xbf\xbf"));
	assert_value("\"\\ud83d\\ude00 \\uDBFF\\uDFFF\"", JSON_MEMBER_TEXT,
	    SPAN("\xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf"));
	assert_value("\"\\u001f\\u007f\\u0080\"", JSON_MEMBER_TEXT,
	    SPAN("\x1f\x7f\xc2\x80"));
}

static void
lone_surrogates_become_a_replacement(void **state)
{
	static const char *const lone[] = { "\"\\ud800\"", "\"\\udc00\"",
		"\"\\udfff\"" };

	(void)state;
	for (size_t i = 0; i < COUNT(lone); i++)
		assert_value(lone[i], JSON_MEMBER_TEXT, SPAN("\xef\xbf\xbd"));
	assert_value("\"\\ud800\\ud83d\\ude00\\ud800x\"", JSON_MEMBER_TEXT,
	    SPAN("\xef\xbf\xbd\xf0\x9f\x98\x80\xef\xbf\xbdx"));
	assert_value("\"\\ud800\\u0041\\ud800\\n\"", JSON_MEMBER_TEXT,
	    SPAN("\xef\xbf\xbd"
		 "A\xef\xbf\xbd\n"));
}

static void
a_nul_stays_an_escape(void **state)
{
	(void)state;
	assert_value("\"\\u0000\"", JSON_MEMBER_TEXT, SPAN("\\u0000"));
	assert_value("\"a\\u0000b\\\\u0000\"", JSON_MEMBER_TEXT,
	    SPAN("a\\u0000b\\u0000"));
	/* A NUL in nested JSON must still be text for SQLite's functions. */
	assert_value("[\"\\u0000\", {\"\\u0000\":\"\\\\u0000\"}]",
	    JSON_MEMBER_NESTED,
	    SPAN("[\"\\\\u0000\",{\"\\\\u0000\":\"\\\\u0000\"}]"));
}

static void
escapes_that_are_none(void **state)
{
	static const char *const bad[] = { "{\"a\":\"\\x41\"}",
		"{\"a\":\"\\u12\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":\"\\'\"}",
		"{\"a\":\"\\U0041\"}", "{\"a\":\"\\", "{\"a\":\"\\u004",
		"{\"a\":\"\\\"}", "{\"\\q\":1}" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (holds(span_str(bad[i])))
			fail_msg("%s is taken", bad[i]);
	assert_false(holds(SPAN("{\"a\":\"\\\0\"}")));
}

/* At each distance from the end, so that no step of the search misses it. */
static void
control_characters_are_refused(void **state)
{
	(void)state;
	for (size_t at = 6; at < 30; at++) {
		for (uint8_t c = 0; c < 0x20; c++) {
			char line[] = "{\"a\":\"0123456789012345678901234\"}";
			line[at] = (char)c;
			assert_false(holds(span_of(line, sizeof(line) - 1)));
		}
	}
	assert_false(holds(SPAN("{\"a\0\":1}")));
	assert_false(holds(SPAN("{\"a\":1}\0")));
	assert_false(holds(SPAN("{\"a\":[\"\n\"]}")));
}

static void
bytes_that_are_no_utf8_stay(void **state)
{
	(void)state;
	assert_value("\"\xff\xc0\x80\xed\xa0\x80\x80 \\t\xfe\"",
	    JSON_MEMBER_TEXT, SPAN("\xff\xc0\x80\xed\xa0\x80\x80 \t\xfe"));
}

static void
blanks_between_tokens_go(void **state)
{
	(void)state;
	assert_value(" \t[ 1 ,\r\n\"a  b\" , { \"c\\\"  \" : [ ] } ] ",
	    JSON_MEMBER_NESTED, SPAN("[1,\"a  b\",{\"c\\\"  \":[]}]"));
	assert_true(holds(SPAN(" { \"a\" : 1 , \"b\" : 2 } \r")));
	assert_true(holds(SPAN("{ }")));
}

static void
what_is_no_object(void **state)
{
	static const char *const bad[] = { "", " ", "{", "}", "{}x", "{}{}",
		"[]", "7", "null", "\"a\"", "{,}", "{\"a\"}", "{\"a\":}",
		"{\"a\":1,}", "{,\"a\":1}", "{\"a\":1 \"b\":2}", "{a:1}",
		"{'a':1}", "{\"a\":1;}", "{\"a\":[}", "{\"a\":[1,]}",
		"{\"a\":[,1]}", "{\"a\":[1}", "{\"a\":{\"b\":1]}",
		"{\"a\":{\"b\"}}", "{\"a\":{1:2}}", "{\"a\":[1 2]}",
		"{\"a\":{\"b\":1,}}", "{\"a\":[\"b\":1]}", "{\"a\":tru}",
		"{\"a\":nullx}", "{\"a\":TRUE}", "{\"a\":1}//", "{\"a\":\"b" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (holds(span_str(bad[i])))
			fail_msg("%s is taken", bad[i]);
}

static void
members_come_in_order_and_again(void **state)
{
	static const char *const want[] = { "b", "a", "", "b", "A\n" };
	struct json_line m;
	struct json_member one;

	(void)state;
	enum rc rc = first_of(
	    SPAN("{\"b\":1,\"a\":2,\"\":3,\"b\":4,\"A\\n\":5}"), &one, &m);
	for (size_t i = 0; i < COUNT(want); i++) {
		assert_int_equal(rc, RC_OK);
		assert_span(one.name, want[i]);
		assert_int_equal(one.value.p[0], '1' + (int)i);
		assert_true(json_line_is_valid(&m));
		rc = json_line_next(&m, &one);
	}
	assert_int_equal(rc, RC_END);
}

/* Values that json_line_next() returned remain valid while the rest is read. */
static void
texts_stay(void **state)
{
	struct json_line m;
	struct json_member one;
	struct json_member two;

	(void)state;
	assert_int_equal(
	    first_of(SPAN("{\"a\":\"\\n1\",\"b\":\"\\n2\"}"), &one, &m), RC_OK);
	assert_true(json_line_is_valid(&m));
	assert_int_equal(json_line_next(&m, &two), RC_OK);
	assert_span(one.value, "\n1");
	assert_span(two.value, "\n2");
}

/* The row is one level. */
static void
assert_depth(unsigned levels, char open, char close, bool want)
{
	static char line[4 * JSON_LINE_DEPTH];
	size_t n = 0;

	memcpy(line, "{\"a\":", 5);
	for (n = 5; n < 4 + levels; n++)
		line[n] = open;
	for (unsigned i = 1; i < levels; i++)
		line[n++] = close;
	line[n++] = '}';
	assert_int_equal(holds(span_of(line, n)), want);
}

static void
nesting_has_a_limit(void **state)
{
	(void)state;
	assert_depth(3, '[', ']', true);
	assert_depth(JSON_LINE_DEPTH, '[', ']', true);
	assert_depth(JSON_LINE_DEPTH + 1, '[', ']', false);
	assert_depth(JSON_LINE_DEPTH, '[', '}', false);
	assert_false(holds(SPAN("{\"a\":{{}}}")));
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(each_kind),
		T(numbers_stay_as_they_are_written),
		T(each_escape),
		T(lone_surrogates_become_a_replacement),
		T(a_nul_stays_an_escape),
		T(escapes_that_are_none),
		T(control_characters_are_refused),
		T(bytes_that_are_no_utf8_stay),
		T(blanks_between_tokens_go),
		T(what_is_no_object),
		T(members_come_in_order_and_again),
		T(texts_stay),
		T(nesting_has_a_limit),
	};

	return RUN(tests);
}
