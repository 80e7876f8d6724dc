/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/helper.h"
#include "util/json.h"

static struct err error;

static struct cJSON *
parse(const char *text)
{
	struct cJSON *root = NULL;

	assert_ok(json_parse(span_str(text), "the test", &root, &error));
	return root;
}

static void
one_text_and_nothing_after_it(void **state)
{
	static const char *const bad[] = { "", "{", "{\"a\":1}x", "{} {}",
		"[1,]", "{\"a\":1", "nul" };
	struct cJSON *root = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_why(
		    json_parse(span_str(bad[i]), "the test", &root, &error),
		    RC_FATAL, error, WHY_CORRUPT);
		assert_null(root);
		assert_says(error, "the test");
	}
	json_free(parse(" {\"a\":1} \r\n\t"));
	json_free(NULL);
}

static void
members_that_are_missing_are_named(void **state)
{
	struct cJSON *const root =
	    parse("{\"n\":7,\"t\":\"x\",\"f\":1.5,\"m\":-1,\"big\":1e20}");
	const char *text = NULL;
	uint64_t n = 0;

	(void)state;
	assert_ok(json_need_u64(root, "n", &n, &error));
	assert_int_equal(n, 7);
	assert_ok(json_need_text(root, "t", &text, &error));
	assert_string_equal(text, "x");
	assert_rc(json_need_u64(root, "t", &n, &error), RC_FATAL);
	assert_rc(json_need_u64(root, "f", &n, &error), RC_FATAL);
	assert_rc(json_need_u64(root, "m", &n, &error), RC_FATAL);
	assert_rc(json_need_u64(root, "big", &n, &error), RC_FATAL);
	assert_rc(json_need_u64(root, "N", &n, &error), RC_FATAL);
	assert_rc(json_need_text(root, "n", &text, &error), RC_FATAL);
	assert_says(error, "\"n\"");
	json_free(root);
}

static void
members_one_after_the_other(void **state)
{
	struct cJSON *const root = parse("{\"a\":1,\"b\":\"x\",\"c\":{}}");
	const struct cJSON *v = json_first(root);
	char room[32];

	(void)state;
	assert_string_equal(json_name(v), "a");
	assert_string_equal(json_setting(v, room), "1");
	v = json_next(v);
	assert_string_equal(json_setting(v, room), "x");
	v = json_next(v);
	assert_true(json_is_object(v));
	assert_null(json_setting(v, room));
	assert_null(json_next(v));
	assert_null(json_first(NULL));
	assert_null(json_get(NULL, "a"));
	json_free(root);
}

static void
strings_are_escaped(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	json_put(&b, SPAN("a\"\\\n\x01\xff"));
	assert_buf(&b, "\"a\\\"\\\\\\n\\u0001\xef\xbf\xbd\"");
	buf_reset(&b);
}

/* The text of each value is that of cJSON, which wrote it before. */
static void
values_are_written_as_they_were_read(void **state)
{
	static const char *const texts[] = {
		"0", "-1", "1234567890123", "9007199254740992",
		"-9007199254740992", "1.5", "-0.25", "1e+20", "1e-07", "0.1",
		"true", "false", "null", "\"\"", "[]", "{}",
		"[1,2,[3,{\"a\":[]}],\"x\"]",
		"{\"a\":1,\"b\":{\"c\":null,\"\":[true]},\"\\\"\":\"\\\\\"}",
		"\"\\b\\f\\n\\r\\t\\u0001\\u001f/\x7f\xc3\xa4\xf0\x9f\x98\x80\""
	};
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct cJSON *const value = parse(texts[i]);
		buf_cut(&b, 0);
		assert_ok(json_write(&b, value, &error));
		assert_buf(&b, texts[i]);
		json_free(value);
	}
	struct cJSON *const value = parse("[1,2]");
	buf_reset(&b);
	buf_init(&b, 4);
	assert_why(json_write(&b, value, &error), RC_FATAL, error, WHY_LIMIT);
	json_free(value);
	buf_reset(&b);
}

/* {"a":{"list":["x",{"n":7}]}} with `last` at the end of its list. */
static struct cJSON *
make(struct cJSON *last)
{
	struct cJSON *const root = json_object();
	struct cJSON *const list =
	    json_add_array(json_add_object(root, "a"), "list");

	json_push_text(list, "x");
	json_add_count(json_push_object(list), "n", 7);
	json_push(list, last);
	return root;
}

static void
a_missing_member_is_remembered(void **state)
{
	struct cJSON *root = make(json_array());
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	assert_true(json_whole(root));
	assert_ok(json_write(&b, root, &error));
	assert_buf(&b, "{\"a\":{\"list\":[\"x\",{\"n\":7},[]]}}");
	json_free(root);

	root = make(NULL);
	struct cJSON *const copy = json_copy(root);
	buf_cut(&b, 0);
	assert_false(json_whole(root));
	assert_why(json_write(&b, root, &error), RC_FATAL, error, WHY_MEMORY);
	assert_why(json_canonical(&b, root, NULL, &error), RC_FATAL, error,
	    WHY_MEMORY);
	assert_why(json_write(&b, copy, &error), RC_FATAL, error, WHY_MEMORY);
	json_free(copy);
	json_free(root);
	buf_reset(&b);
}

/* Counts up to the largest that a double represents exactly. */
static void
large_counts_are_written_whole(void **state)
{
	const char *const want =
	    "{\"a\":9007199254740991,\"b\":[9007199254740990,"
	    "1000000000000001,999999999999999]}";
	struct cJSON *const root = json_object();
	struct buf b;

	(void)state;
	json_add_count(root, "a", UINT64_C(9007199254740991));
	struct cJSON *const list = json_add_array(root, "b");
	json_push_count(list, UINT64_C(9007199254740990));
	json_push_count(list, UINT64_C(1000000000000001));
	json_push_count(list, UINT64_C(999999999999999));
	buf_init(&b, 256);
	assert_ok(json_write(&b, root, &error));
	assert_buf(&b, want);
	buf_cut(&b, 0);
	assert_ok(json_canonical(&b, root, NULL, &error));
	assert_buf(&b, want);
	buf_cut(&b, 0);
	json_add_count(root, "c", UINT64_C(9007199254740994));
	assert_rc(json_canonical(&b, root, NULL, &error), RC_FATAL);
	json_free(root);
	buf_reset(&b);
}

static void
what_is_json_already_stays_as_it_is(void **state)
{
	struct cJSON *const root = json_object();
	struct buf b;

	(void)state;
	json_add_written(root, "row", SPAN("{\"n\":1.50,\"n\":\"\\u0041\"}"));
	buf_init(&b, 256);
	assert_ok(json_write(&b, root, &error));
	assert_buf(&b, "{\"row\":{\"n\":1.50,\"n\":\"\\u0041\"}}");
	json_add_written(NULL, "row", SPAN("1"));
	json_free(root);
	buf_reset(&b);
}

static void
nothing_is_added_to_nothing(void **state)
{
	(void)state;
	assert_null(json_add_object(NULL, "a"));
	assert_null(json_push_object(NULL));
	json_add_text(NULL, "a", "x");
	json_push(NULL, json_object());
	assert_false(json_whole(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_text_and_nothing_after_it),
		cmocka_unit_test(members_that_are_missing_are_named),
		cmocka_unit_test(members_one_after_the_other),
		cmocka_unit_test(strings_are_escaped),
		cmocka_unit_test(values_are_written_as_they_were_read),
		cmocka_unit_test(a_missing_member_is_remembered),
		cmocka_unit_test(large_counts_are_written_whole),
		cmocka_unit_test(what_is_json_already_stays_as_it_is),
		cmocka_unit_test(nothing_is_added_to_nothing),
	};

	return RUN(tests);
}
