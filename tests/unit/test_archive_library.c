/* SPDX-License-Identifier: Apache-2.0 */
/* libarchive, loaded on demand. */
#include <fcntl.h>
#include <unistd.h>

#include "input/archive_library.h"
#include "input/unpack.h"
#include "tests/unit/helper.h"

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
	temp_remove(dir);
	return helper_teardown(state);
}

/* The functions are those of their names: a tar is read to its member. */
static void
its_functions_read_an_archive(void **state)
{
	static uint8_t tar[2048];
	struct archive_library *l = NULL;
	struct archive_entry *entry = NULL;
	const void *block = NULL;
	size_t n = 0;
	la_int64_t offset = 0;

	(void)state;
	memcpy(tar, "a.evtx", 6);
	memcpy(tar + 100, "0000644", 7);
	memcpy(tar + 124, "00000000005", 11);
	memcpy(tar + 156, "0ustar", 6);
	memcpy(tar + 263, "00", 2);
	memset(tar + 148, ' ', 8);
	unsigned sum = 0;
	for (size_t i = 0; i < 512; i++)
		sum += tar[i];
	(void)snprintf((char *)tar + 148, 7, "%06o", sum);
	memcpy(tar + 512, "bytes", 5);
	file_write(in(dir, "a.tar"), span_of(tar, sizeof(tar)));

	assert_ok(archive_library_open(&l, &error));
	assert_true(l->archive_version_number() >= 3004000);
	struct archive *const a = l->archive_read_new();
	assert_int_equal(l->archive_read_support_format_tar(a), ARCHIVE_OK);
	const int fd = open(in(dir, "a.tar"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(l->archive_read_open_fd(a, fd, 512), ARCHIVE_OK);
	assert_int_equal(l->archive_read_next_header(a, &entry), ARCHIVE_OK);
	assert_string_equal(l->archive_entry_pathname(entry), "a.evtx");
	assert_int_equal(l->archive_entry_size(entry), 5);
	assert_int_equal(
	    l->archive_read_data_block(a, &block, &n, &offset), ARCHIVE_OK);
	assert_int_equal(n, 5);
	assert_memory_equal(block, "bytes", 5);
	assert_int_equal(l->archive_read_free(a), ARCHIVE_OK);
	assert_int_equal(close(fd), 0);
	archive_library_close(l);
	archive_library_close(NULL);
}

/* A file that is replaced by an archive after the inputs were listed. */
static void
an_archive_that_appears_later_is_skipped(void **state)
{
	const struct unpack_options o = { .limits = { 1, 1, 1, 1 } };
	const struct unpack_from from = { .name = "a.zip", .fd = -1 };
	struct unpack *u = NULL;

	(void)state;
	assert_why(
	    unpack_create(&u, &o, &from, &error), RC_SKIP, error, WHY_CORRUPT);
	assert_says(error, "a.zip was not an archive when the run began");
	unpack_destroy(u);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(its_functions_read_an_archive),
		T(an_archive_that_appears_later_is_skipped),
	};

	return RUN(tests);
}
