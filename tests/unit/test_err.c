/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "tests/unit/helper.h"

static void
set_fills_everything_and_returns_what_to_do(void **state)
{
	struct err e;

	(void)state;
	memset(&e, 0x55, sizeof(e));
	assert_rc(err_set(&e, RC_SKIP, WHY_CORRUPT, "chunk %d", 7), RC_SKIP);
	assert_int_equal(e.rc, RC_SKIP);
	assert_int_equal(e.why, WHY_CORRUPT);
	assert_int_equal(e.sys, 0);
	assert_string_equal(e.text, "chunk 7");
}

static void
clear_forgets(void **state)
{
	struct err e;

	(void)state;
	(void)err_set(&e, RC_FATAL, WHY_LIMIT, "x");
	err_clear(&e);
	assert_int_equal(e.rc, RC_OK);
	assert_int_equal(e.why, WHY_NONE);
	assert_string_equal(e.text, "");
}

static void
a_system_call_is_named_with_its_errno(void **state)
{
	struct err e;

	(void)state;
	errno = ENOENT;
	assert_rc(err_sys(&e, RC_SKIP, "open %s", "a.evtx"), RC_SKIP);
	assert_int_equal(e.why, WHY_SYSTEM);
	assert_int_equal(e.sys, ENOENT);
	assert_string_equal(e.text, "open a.evtx: No such file or directory");
}

static void
a_full_disk_is_worth_another_try(void **state)
{
	static const int full[] = { ENOSPC, EDQUOT };
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(full); i++) {
		errno = full[i];
		assert_rc(err_sys(&e, RC_FATAL, "write"), RC_RETRY);
		assert_int_equal(e.rc, RC_RETRY);
		assert_int_equal(e.sys, full[i]);
	}
	errno = EIO;
	assert_rc(err_sys(&e, RC_FATAL, "write"), RC_FATAL);
}

static void
an_errno_without_a_text_has_one(void **state)
{
	struct err e;

	(void)state;
	errno = 99999;
	(void)err_sys(&e, RC_FATAL, "x");
	assert_string_equal(e.text, "x: unknown error");
	assert_int_equal(e.sys, 99999);
}

static void
long_texts_are_cut_and_keep_the_errno(void **state)
{
	char name[2000];
	struct err e;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)err_set(&e, RC_FATAL, WHY_USAGE, "%s", name);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	errno = EACCES;
	(void)err_sys(&e, RC_FATAL, "open %s", name);
	assert_says(e, "nnn: Permission denied");
}

static void
no_memory_is_fatal(void **state)
{
	struct err e;

	(void)state;
	assert_why(err_nomem(&e), RC_FATAL, e, WHY_MEMORY);
	assert_string_equal(e.text, "out of memory");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_fills_everything_and_returns_what_to_do),
		cmocka_unit_test(clear_forgets),
		cmocka_unit_test(a_system_call_is_named_with_its_errno),
		cmocka_unit_test(a_full_disk_is_worth_another_try),
		cmocka_unit_test(an_errno_without_a_text_has_one),
		cmocka_unit_test(long_texts_are_cut_and_keep_the_errno),
		cmocka_unit_test(no_memory_is_fatal),
	};

	return RUN(tests);
}
