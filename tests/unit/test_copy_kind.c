/* SPDX-License-Identifier: Apache-2.0 */
/* How a log was copied, by what its record headers say. */
#include "stage/copy_kind.h"
#include "tests/unit/helper.h"

static void
check_copy(struct copy_kind copy, const char *want)
{
	const char *const name = copy_kind_name(&copy);

	if (want == NULL)
		assert_null(name);
	else
		assert_string_equal(name, want);
}

static void
copies_have_names(void **state)
{
	const struct copy_kind half = { 10, 5, 9, 1, 1 };
	struct copy_kind sum = { .records = 0 };

	(void)state;
	check_copy(sum, NULL);
	check_copy((struct copy_kind){ 10, 0, 9, 0, 0 }, "raw");
	check_copy((struct copy_kind){ 10, 5, 9, 4, 0 }, "raw");
	check_copy((struct copy_kind){ 10, 6, 9, 4, 0 }, "exported");
	check_copy((struct copy_kind){ 10, 0, 9, 5, 0 }, "exported");
	check_copy((struct copy_kind){ 10, 10, 9, 0, 2 }, "exported");
	check_copy(
	    (struct copy_kind){ 10, 10, 9, 0, 3 }, "exported or forwarded");
	check_copy((struct copy_kind){ 10, 10, 9, 1, 3 }, "exported");
	copy_kind_add(&sum, &half);
	copy_kind_add(&sum, &half);
	assert_int_equal(sum.records, 20);
	assert_int_equal(sum.ids_differ, 10);
	assert_int_equal(sum.pairs, 18);
	assert_int_equal(sum.times_shift, 2);
	assert_int_equal(sum.turns, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_have_names),
	};

	return RUN(tests);
}
