/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/helper.h"
#include "util/visible.h"

static void
check(const char *text, const char *shown)
{
	struct buf b;

	buf_init(&b, 1000);
	visible_put(&b, span_str(text));
	assert_true(b.n <= VISIBLE_GROWTH * strlen(text));
	buf_byte(&b, '\0');
	assert_string_equal((const char *)b.p, shown);
	buf_reset(&b);
}

static void
text_stays_as_it_is(void **state)
{
	(void)state;
	check("C:\\Windows\\x1b", "C:\\Windows\\x1b");
	check("\xc3\xa9 \xe6\xb1\x89 \xf0\x9f\x98\x80 \xd7\xa9 \xef\xbf\xbd",
	    "\xc3\xa9 \xe6\xb1\x89 \xf0\x9f\x98\x80 \xd7\xa9 \xef\xbf\xbd");
}

static void
control_characters(void **state)
{
	(void)state;
	check("a\x1b[2Jb\r\n\t\x7f", "a\\x1b[2Jb\\x0d\\x0a\\x09\\x7f");
	check("\xc2\x9b"
	      "31m\xc2\x85",
	    "\\x9b31m\\x85");
}

static void
marks_of_direction(void **state)
{
	(void)state;
	check("\xe2\x80\xae"
	      "fdp.exe",
	    "\\u202efdp.exe");
	check("\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c\xe2\x81\xa6\xe2\x81\xa9",
	    "\\u200e\\u200f\\u061c\\u2066\\u2069");
}

static void
invisible_characters(void **state)
{
	(void)state;
	check("a\xe2\x80\x8b\xef\xbb\xbf\xc2\xad\xe2\x80\xa8\xe3\x85\xa4",
	    "a\\u200b\\ufeff\\xad\\u2028\\u3164");
	check("\xf3\xa0\x81\x81\xef\xb8\x8f", "\\U000e0041\\ufe0f");
}

static void
bytes_that_are_not_utf8(void **state)
{
	(void)state;
	check("\xff\xc3(\xe2\x80", "\\xff\\xc3(\\xe2\\x80");
	check("\xc0\xaf\xed\xa0\x80", "\\xc0\\xaf\\xed\\xa0\\x80");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_stays_as_it_is),
		cmocka_unit_test(control_characters),
		cmocka_unit_test(marks_of_direction),
		cmocka_unit_test(invisible_characters),
		cmocka_unit_test(bytes_that_are_not_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
