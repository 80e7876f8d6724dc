/* SPDX-License-Identifier: Apache-2.0 */
/* What must be there, compared with what is there. */
#include "load/reconcile_match.h"
#include "tests/unit/helper.h"
#include "util/scratch.h"

static char dir[TEMP_MAX];
static struct scratch scratch;
static struct expected expected;
static struct reconcile_match match;
static struct err error;

static int
setup(void **state)
{
	const struct sorter_options o = { expected_by_key, &scratch, 0 };
	const struct sorter_options keyless = { expected_by_place, &scratch,
		0 };

	(void)state;
	temp_make(dir);
	scratch.dir = dir;
	memset(&expected, 0, sizeof(expected));
	memset(&match, 0, sizeof(match));
	assert_ok(sorter_create(&expected.records, &o, &error));
	assert_ok(sorter_create(&expected.keyless_records, &keyless, &error));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	reconcile_match_end(&match);
	expected_destroy(&expected);
	temp_remove(dir);
	return 0;
}

/* Records with these letters as keys, one behind the other, of which each has a
 * content if they are given; - is a record without a key. */
static void
stage_with(const char *keys, const char *contents)
{
	for (uint64_t i = 0; keys[i] != '\0'; i++) {
		const struct expected_record r = { .key = { (uint8_t)keys[i] },
			.content = { (
			    uint8_t)(contents != NULL ? contents[i] : 0) },
			.offset = i };
		assert_ok(sorter_add(keys[i] != '-' ? expected.records
						    : expected.keyless_records,
		    span_of((const uint8_t *)&r, sizeof(r)), &error));
	}
	assert_ok(sorter_finish(expected.records, &error));
	assert_ok(sorter_finish(expected.keyless_records, &error));
	match.x = &expected;
	match.with_content = contents != NULL;
	assert_ok(reconcile_match_begin(&match, &scratch, &error));
}

static void
stage(const char *keys)
{
	stage_with(keys, NULL);
}

static void
there_with(char letter, char content, uint64_t copies)
{
	const struct reconcile_row row = { .key = { (uint8_t)letter },
		.content = { (uint8_t)content },
		.copies = copies };

	assert_ok(reconcile_match_row(&match, &row, &error));
}

static void
there(char letter, uint64_t copies)
{
	there_with(letter, '\0', copies);
}

/* The findings: places of what is missing, with + of what is double, with the
 * number of foreign rows of what is altered, and with - of what has no key. */
static void
assert_findings(const char *want)
{
	struct sorter_reader *reader = NULL;
	struct reconcile_finding f;
	struct span bytes;
	struct buf out;

	buf_init(&out, 1000);
	assert_int_equal(reconcile_match_finish(&match, &error), RC_OK);
	assert_int_equal(sorter_read(&reader, match.findings, &error), RC_OK);
	while (sorter_next(reader, &bytes, &error) == RC_OK) {
		memcpy(&f, bytes.p, sizeof(f));
		buf_fmt(&out, "%d", (int)f.record.offset);
		if (f.kind == RECONCILE_ALTERED)
			buf_fmt(&out, "!%d", (int)f.foreign);
		buf_str(&out, f.kind == RECONCILE_DOUBLE    ? "+ "
			      : f.kind == RECONCILE_KEYLESS ? "- "
							    : " ");
	}
	assert_buf(&out, want);
	sorter_reader_destroy(reader);
	buf_reset(&out);
}

static void
assert_counts(uint64_t is_there, uint64_t missing, uint64_t extra)
{
	assert_int_equal(match.there, is_there);
	assert_int_equal(match.missing, missing);
	assert_int_equal(match.extra, extra);
}

static void
all_is_there(void **state)
{
	(void)state;
	stage("cab");
	there('a', 1);
	there('b', 1);
	there('c', 1);
	assert_findings("");
	assert_counts(3, 0, 0);
}

static void
nothing_is_there(void **state)
{
	(void)state;
	stage("cab");
	assert_findings("0 1 2 ");
	assert_counts(0, 3, 0);
}

static void
some_are_missing_and_some_double(void **state)
{
	(void)state;
	stage("gceaib");
	there('0', 7);
	there('a', 3);
	there('d', 1);
	there('e', 1);
	there('g', 2);
	there('z', 1);
	assert_findings("0+ 1 3+ 4 5 ");
	assert_counts(3, 3, 3);
	assert_int_equal(match.others, 3);
	assert_int_equal(match.doubles, 2);
	assert_int_equal(match.rows, 15);
}

static void
equal_keys_need_as_many_rows(void **state)
{
	(void)state;
	stage("abacbcc");
	there('a', 2);
	there('b', 1);
	there('c', 4);
	assert_findings("1 3+ 4 ");
	assert_counts(5, 2, 1);
}

static void
nothing_is_expected(void **state)
{
	(void)state;
	stage("");
	there('a', 1);
	assert_findings("");
	assert_counts(0, 0, 0);
}

static void
records_without_a_key_are_findings(void **state)
{
	(void)state;
	stage("a-b-");
	there('a', 1);
	assert_findings("1- 2 3- ");
	assert_counts(1, 1, 0);
}

static void
another_content_is_altered(void **state)
{
	(void)state;
	stage_with("abcde", "11111");
	there_with('a', '1', 1);
	there_with('b', '2', 1);
	there_with('c', '1', 2);
	there_with('d', '1', 1);
	there_with('d', '2', 3);
	there_with('x', '1', 1);
	there_with('x', '2', 1);
	assert_int_equal(match.others, 1);
	assert_findings("1!1 2+ 3+ 3!3 4 ");
	assert_int_equal(match.altered, 2);
	assert_counts(4, 1, 4);
}

/* Of two records with a key each content must be there, as often as it likes.
 */
static void
each_content_of_a_key_is_compared(void **state)
{
	(void)state;
	stage_with("aabbccddee", "1221124455");
	there_with('a', '1', 1);
	there_with('a', '2', 1);
	there_with('b', '1', 2);
	there_with('c', '0', 1);
	there_with('c', '1', 1);
	there_with('d', '4', 2);
	there_with('e', '3', 1);
	assert_findings("3!0 4!1 8 9 ");
	assert_int_equal(match.altered, 2);
	assert_counts(8, 2, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_is_there, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    nothing_is_there, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    some_are_missing_and_some_double, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    equal_keys_need_as_many_rows, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    nothing_is_expected, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    records_without_a_key_are_findings, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    another_content_is_altered, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    each_content_of_a_key_is_compared, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
