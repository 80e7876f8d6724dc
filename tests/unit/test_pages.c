/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays and tables in temporary files read back what was written, also with
 * few pages in memory. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/helper.h"
#include "util/multimap.h"
#include "util/pages.h"
#include "util/scratch.h"

static char dir[TEMP_MAX];
static struct err error;

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
	temp_remove(dir);
	return 0;
}

static struct pages *
open_pages(const struct pages_options *o)
{
	struct pages *p;

	assert_ok(pages_create(&p, o, &error));
	return p;
}

static void
write_at(struct pages *p, uint64_t off, const char *text)
{
	assert_ok(pages_write(p, off, span_str(text), &error));
}

static void
assert_at(struct pages *p, uint64_t off, const char *text)
{
	char got[32] = "";

	assert_ok(pages_read(p, off, got, strlen(text), &error));
	assert_string_equal(got, text);
}

static void
what_was_not_written_is_zero(void **state)
{
	const struct pages_options o = { .dirfd = -1,
		.scratch = &(struct scratch){ .dir = "/nowhere" },
		.cached = 4 };
	struct pages *const p = open_pages(&o);
	const uint8_t zeros[32] = { 0 };
	uint8_t got[32];

	(void)state;
	memset(got, 1, sizeof(got));
	assert_ok(pages_read(p, 1000000, got, sizeof(got), &error));
	assert_memory_equal(got, zeros, sizeof(got));
	/* Few pages need no file. */
	for (uint64_t i = 0; i < 4; i++)
		write_at(p, i * PAGES_BYTES, "x");
	assert_int_equal(
	    pages_write(p, 4 * PAGES_BYTES, SPAN("x"), &error), RC_FATAL);
	assert_has(error.text, "/nowhere");
	pages_destroy(p);
}

static void
pages_leave_memory_and_come_back(void **state)
{
	const struct pages_options o = { .dirfd = -1,
		.scratch = &(struct scratch){ .dir = dir },
		.cached = 2 };
	struct pages *const p = open_pages(&o);
	char text[32];

	(void)state;
	for (unsigned i = 0; i < 500; i++) {
		(void)snprintf(text, sizeof(text), "entry %05u", i);
		/* Some writes cross a page. */
		write_at(p, (uint64_t)i * 4090, text);
	}
	for (unsigned i = 500; i-- > 0;) {
		(void)snprintf(text, sizeof(text), "entry %05u", i);
		assert_at(p, (uint64_t)i * 4090, text);
	}
	pages_destroy(p);
}

static void
a_named_file_survives(void **state)
{
	const int fd = open(dir, O_RDONLY | O_DIRECTORY);
	struct pages_options o = { .dirfd = fd, .name = "x", .cached = 2 };
	struct pages *p = open_pages(&o);

	(void)state;
	write_at(p, 10, "first");
	write_at(p, 100000, "second");
	assert_ok(pages_sync(p, &error));
	pages_destroy(p);
	o.resumes = true;
	p = open_pages(&o);
	assert_at(p, 10, "first");
	assert_at(p, 100000, "second");
	pages_destroy(p);
	/* A new array is empty. */
	o.resumes = false;
	p = open_pages(&o);
	write_at(p, 0, "x");
	assert_ok(pages_sync(p, &error));
	pages_destroy(p);
	o.resumes = true;
	p = open_pages(&o);
	char got[6] = "";
	assert_ok(pages_read(p, 10, got, 5, &error));
	assert_string_equal(got, "");
	pages_destroy(p);
	(void)close(fd);
}

static void
a_file_that_is_away_is_told(void **state)
{
	const int fd = open(dir, O_RDONLY | O_DIRECTORY);
	const struct pages_options o = {
		.dirfd = fd, .name = "x", .cached = 2, .resumes = true
	};
	struct pages *p;

	(void)state;
	assert_why(pages_create(&p, &o, &error), RC_FATAL, error, WHY_SYSTEM);
	pages_destroy(p);
	(void)close(fd);
}

/* --- tables --------------------------------------------------------------- */

#define PAIRS 300000U

static uint64_t
value_of(struct multimap *m, uint64_t key)
{
	uint64_t value = 0;
	uint64_t at = 0;

	assert_ok(multimap_next(m, key, &at, &value, &error));
	return value;
}

static void
all_pairs_are_found(void **state)
{
	struct multimap *m;
	bool there;

	(void)state;
	assert_ok(
	    multimap_create(&m, -1, &(struct scratch){ .dir = dir }, &error));
	for (uint64_t i = 0; i < PAIRS; i++) {
		assert_ok(multimap_add(m, i * 7919, i + 1, &there, &error));
		assert_false(there);
	}
	for (uint64_t i = 0; i < PAIRS; i++)
		assert_int_equal(value_of(m, i * 7919), i + 1);
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(value_of(m, i * 7919 + 1), 0);
	assert_ok(multimap_add(m, 7919, 2, &there, &error));
	assert_true(there);
	multimap_destroy(m);
}

static void
a_key_may_have_several_values(void **state)
{
	struct multimap *m;
	uint64_t value = 0;
	uint64_t sum = 0;
	uint64_t at = 0;
	bool there;

	(void)state;
	assert_ok(
	    multimap_create(&m, -1, &(struct scratch){ .dir = dir }, &error));
	for (uint64_t i = 1; i <= 50; i++) {
		assert_ok(multimap_add(m, 5, i, &there, &error));
		assert_false(there);
		assert_ok(multimap_add(m, 1000 + i, 1, &there, &error));
	}
	for (;;) {
		assert_ok(multimap_next(m, 5, &at, &value, &error));
		if (value == 0)
			break;
		sum += value;
	}
	assert_int_equal(sum, 50 * 51 / 2);
	multimap_destroy(m);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_was_not_written_is_zero),
		T(pages_leave_memory_and_come_back),
		T(a_named_file_survives),
		T(a_file_that_is_away_is_told),
		T(all_pairs_are_found),
		T(a_key_may_have_several_values),
	};

	return RUN(tests);
}
