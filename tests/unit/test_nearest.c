/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/helper.h"
#include "util/nearest.h"

static const char *const sets[] = { "all", "common", "minimal", "none", "any",
	NULL };

static void
a_wrong_missing_added_or_swapped_character(void **state)
{
	(void)state;
	assert_string_equal(nearest_word("comon", sets), "common");
	assert_string_equal(nearest_word("commmon", sets), "common");
	assert_string_equal(nearest_word("comnom", sets), "common");
	assert_string_equal(nearest_word("minimul", sets), "minimal");
	assert_string_equal(nearest_word("nnoe", sets), "none");
}

static void
the_only_name_that_begins_so(void **state)
{
	(void)state;
	assert_string_equal(nearest_word("min", sets), "minimal");
	assert_string_equal(nearest_word("COM", sets), "common");
}

static void
nothing_is_near(void **state)
{
	(void)state;
	assert_null(nearest_word("security", sets));
	assert_null(nearest_word("", sets));
	assert_null(nearest_word("x", sets));
	assert_null(nearest_word("case42.json", sets));
	assert_null(
	    nearest_word("a-word-that-is-longer-than-any-name-is", sets));
}

static void
a_hint_for_a_message(void **state)
{
	static const char *const options[] = { "event-set", "output", "to",
		NULL };
	char hint[NEAREST_HINT];

	(void)state;
	assert_string_equal(
	    nearest_hint(hint, "comon", sets), " (did you mean common?)");
	assert_string_equal(nearest_hint(hint, "security", sets), "");
	assert_string_equal(nearest_hint(hint, "--event-st=all", options),
	    " (did you mean --event-set?)");
	assert_string_equal(nearest_hint(hint, "--", options), "");
	/* Not "to". */
	assert_string_equal(nearest_hint(hint, "-O", options), "");
	assert_string_equal(
	    nearest_hint(hint, "a-word-that-is-longer-than-any-name-is", sets),
	    "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wrong_missing_added_or_swapped_character),
		cmocka_unit_test(the_only_name_that_begins_so),
		cmocka_unit_test(nothing_is_near),
		cmocka_unit_test(a_hint_for_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
