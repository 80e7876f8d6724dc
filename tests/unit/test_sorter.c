/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/helper.h"
#include "util/scratch.h"
#include "util/sorter.h"

static struct sorter *sorter;
static struct err error;
static char dir[TEMP_MAX];

static int
setup(void **state)
{
	(void)state;
	temp_make(dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	sorter_destroy(sorter);
	sorter = NULL;
	temp_remove(dir);
	return 0;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
create(size_t block)
{
	static struct scratch scratch;
	const struct sorter_options o = { by_text, &scratch, block };

	scratch.dir = dir;

	assert_ok(sorter_create(&sorter, &o, &error));
}

static void
add(const char *text)
{
	assert_ok(sorter_add(sorter, span_of(text, strlen(text) + 1), &error));
}

/* 7 and n have no common factor: each number occurs once, unsorted. */
static void
add_numbers(unsigned n)
{
	char text[64];

	for (unsigned i = 0; i < n; i++) {
		const unsigned number = i * 7 % n;
		(void)snprintf(text, sizeof(text), "%08u%.*s", number,
		    (int)(number % 40),
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
		add(text);
	}
	assert_ok(sorter_finish(sorter, &error));
}

static void
assert_numbers(struct sorter_reader *r, unsigned from, unsigned to)
{
	struct span record;

	for (unsigned i = from; i < to; i++) {
		assert_ok(sorter_next(r, &record, &error));
		assert_int_equal(record.n, 8 + i % 40 + 1);
		assert_int_equal(strtoul((const char *)record.p, NULL, 10), i);
	}
}

static void
assert_end(struct sorter_reader *r)
{
	struct span record;

	assert_int_equal(sorter_next(r, &record, &error), RC_END);
	assert_int_equal(sorter_next(r, &record, &error), RC_END);
}

static void
sorts(size_t block, unsigned n)
{
	struct sorter_reader *a;
	struct sorter_reader *b;

	create(block);
	add_numbers(n);
	assert_ok(sorter_read(&a, sorter, &error));
	assert_numbers(a, 0, n / 2);
	/* A second reader starts at the beginning and does not affect the
	 * first. */
	assert_ok(sorter_read(&b, sorter, &error));
	assert_numbers(b, 0, n);
	assert_end(b);
	assert_numbers(a, n / 2, n);
	assert_end(a);
	sorter_reader_destroy(a);
	sorter_reader_destroy(b);
}

static void
a_list_that_fits_stays_in_memory(void **state)
{
	(void)state;
	sorts(0, 1000);
}

static void
blocks_become_runs(void **state)
{
	(void)state;
	sorts(4096, 1000);
}

/* 10,000 records of about 60 bytes are more than 64 runs of 4 KiB. */
static void
many_runs_become_one(void **state)
{
	(void)state;
	sorts(4096, 10000);
}

static void
records_may_be_long(void **state)
{
	static char text[SORTER_RECORD_MAX];
	struct sorter_reader *r;
	struct span record;

	(void)state;
	create(2 * SORTER_RECORD_MAX);
	for (char c = 'z'; c >= 'a'; c--) {
		memset(text, c, sizeof(text) - 1);
		assert_ok(
		    sorter_add(sorter, span_of(text, sizeof(text)), &error));
	}
	assert_ok(sorter_finish(sorter, &error));
	assert_ok(sorter_read(&r, sorter, &error));
	for (char c = 'a'; c <= 'z'; c++) {
		assert_ok(sorter_next(r, &record, &error));
		assert_int_equal(record.n, sizeof(text));
		assert_int_equal(record.p[0], c);
		assert_int_equal(record.p[sizeof(text) - 2], c);
	}
	assert_end(r);
	sorter_reader_destroy(r);
}

static void
an_empty_list_has_an_end(void **state)
{
	(void)state;
	sorts(0, 0);
}

static void
no_folder_for_runs_is_an_error(void **state)
{
	struct scratch nowhere = { .dir = "/nonexistent" };
	const struct sorter_options o = { by_text, &nowhere, 4096 };
	enum rc rc = RC_OK;

	(void)state;
	assert_ok(sorter_create(&sorter, &o, &error));
	for (int i = 0; rc == RC_OK && i < 1000; i++)
		rc = sorter_add(sorter, SPAN("0123456789"), &error);
	assert_int_equal(rc, RC_FATAL);
	assert_says(error, "/nonexistent");
}

int
main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		EACH(a_list_that_fits_stays_in_memory),
		EACH(blocks_become_runs),
		EACH(many_runs_become_one),
		EACH(records_may_be_long),
		EACH(an_empty_list_has_an_end),
		EACH(no_folder_for_runs_is_an_error),
	};

	return RUN(tests);
}
