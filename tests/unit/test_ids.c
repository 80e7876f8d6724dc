/* SPDX-License-Identifier: Apache-2.0 */
#include "select/ids.h"
#include "tests/unit/helper.h"

static struct ids ids;
static struct err error;

static enum rc
parse(const char *list)
{
	memset(&ids, 0, sizeof(ids));
	return ids_parse(&ids, span_str(list), &error);
}

static unsigned
count(void)
{
	unsigned n = 0;

	for (uint64_t id = 0; id <= IDS_MAX; id++)
		n += ids_has(&ids, id) ? 1 : 0;
	return n;
}

static void
an_empty_set_has_nothing(void **state)
{
	(void)state;
	memset(&ids, 0, sizeof(ids));
	assert_int_equal(count(), 0);
}

static void
ranges_include_both_ends(void **state)
{
	(void)state;
	memset(&ids, 0, sizeof(ids));
	ids_add(&ids, 63, 65);
	ids_add(&ids, 0, 0);
	ids_add(&ids, IDS_MAX, IDS_MAX);
	assert_int_equal(count(), 5);
	assert_true(ids_has(&ids, 0) && ids_has(&ids, 63));
	assert_true(ids_has(&ids, 64) && ids_has(&ids, 65));
	assert_true(ids_has(&ids, IDS_MAX));
	assert_false(ids_has(&ids, 62) || ids_has(&ids, 66));
	ids_add(&ids, 0, IDS_MAX);
	assert_int_equal(count(), 65536);
}

/* Ids around the 64-bit words of the bit map. */
static void
a_range_has_its_ids_and_no_other(void **state)
{
	(void)state;
	for (uint64_t first = 60; first <= 130; first++) {
		for (uint64_t last = first; last <= 270; last++) {
			memset(&ids, 0, sizeof(ids));
			ids_add(&ids, first, last);
			for (uint64_t id = 0; id < 384; id++)
				assert_int_equal(ids_has(&ids, id),
				    id >= first && id <= last);
		}
	}
}

static void
what_is_no_id_is_in_no_set(void **state)
{
	(void)state;
	memset(&ids, 0xff, sizeof(ids));
	assert_false(ids_has(&ids, IDS_MAX + 1));
	assert_false(ids_has(&ids, UINT64_MAX));
}

static void
lists_are_read(void **state)
{
	(void)state;
	assert_ok(parse("4624"));
	assert_int_equal(count(), 1);
	assert_ok(parse("4624,4700-4702"));
	assert_int_equal(count(), 4);
	assert_true(ids_has(&ids, 4624) && ids_has(&ids, 4701));
	assert_ok(parse(" 1 , 2 - 3 "));
	assert_int_equal(count(), 3);
	assert_ok(parse("0-65535"));
	assert_int_equal(count(), 65536);
	assert_ok(parse("5,5,4-6"));
	assert_int_equal(count(), 3);
}

static void
a_list_adds_to_what_is_there(void **state)
{
	(void)state;
	assert_ok(parse("1"));
	assert_ok(ids_parse(&ids, SPAN("2"), &error));
	assert_int_equal(count(), 2);
}

static void
what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *list;
		const char *item;
	} wrong[] = { { "", "\"\"" }, { "1,", "\"\"" }, { ",1", "\"\"" },
		{ "1,,2", "\"\"" }, { "x", "\"x\"" }, { "1,2x,3", "\"2x\"" },
		{ "65536", "\"65536\"" }, { "1-65536", "\"1-65536\"" },
		{ "5-4", "\"5-4\"" }, { "-1", "\"-1\"" }, { "1-", "\"1-\"" },
		{ "1-2-3", "\"1-2-3\"" }, { "1 2", "\"1 2\"" },
		{ "99999999999999999999", "\"99999999999999999999\"" },
		{ "*", "\"*\"" } };

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		assert_why(parse(wrong[i].list), RC_FATAL, error, WHY_USAGE);
		assert_says(error, wrong[i].item);
	}
	assert_why(ids_parse(&ids, span_of(NULL, 0), &error), RC_FATAL, error,
	    WHY_USAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_set_has_nothing),
		cmocka_unit_test(ranges_include_both_ends),
		cmocka_unit_test(a_range_has_its_ids_and_no_other),
		cmocka_unit_test(what_is_no_id_is_in_no_set),
		cmocka_unit_test(lists_are_read),
		cmocka_unit_test(a_list_adds_to_what_is_there),
		cmocka_unit_test(what_is_wrong_is_named),
	};

	return RUN(tests);
}
