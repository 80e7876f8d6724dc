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

	(void)state;
	temp_make(dir);
	scratch.dir = dir;
	memset(&expected, 0, sizeof(expected));
	return sorter_create(&expected.records, &o, &error) == RC_OK ? 0 : 1;
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

/* Records with these letters as keys, one behind the other. */
static void
stage(const char *keys)
{
	for (uint64_t i = 0; keys[i] != '\0'; i++) {
		const struct expected_record r = { .key = { (uint8_t)keys[i] },
			.offset = i };
		assert_int_equal(
		    sorter_add(expected.records,
			span_of((const uint8_t *)&r, sizeof(r)), &error),
		    RC_OK);
	}
	assert_int_equal(sorter_finish(expected.records, &error), RC_OK);
	assert_int_equal(
	    reconcile_match_begin(&match, &expected, &scratch, &error), RC_OK);
}

static void
there(char letter, uint64_t copies)
{
	const uint8_t key[EXPECTED_KEY] = { (uint8_t)letter };

	assert_int_equal(
	    reconcile_match_key(&match, key, copies, &error), RC_OK);
}

/* The findings: places of what is missing, and of what is double with +. */
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
		buf_fmt(&out, "%d%s ", (int)f.record.offset,
		    reconcile_is_missing(&f) ? "" : "+");
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
