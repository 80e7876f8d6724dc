/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/helper.h"
#include "util/io.h"

static char dir[TEMP_MAX];
static int dirfd_of_test = -1;
static struct err error;

static int
setup(void **state)
{
	(void)state;
	temp_make(dir);
	dirfd_of_test = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dirfd_of_test == -1 ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)close(dirfd_of_test);
	temp_remove(dir);
	return helper_teardown(state);
}

static void
assert_file(const char *name, const char *want)
{
	char *const text = file_text(in(dir, name));

	assert_non_null(text);
	assert_string_equal(text, want);
	free(text);
}

static void
reading_ends_where_the_file_ends(void **state)
{
	uint8_t room[16];
	size_t got = 99;

	(void)state;
	file_write(in(dir, "a"), SPAN("0123456789"));
	const int fd = open(in(dir, "a"), O_RDONLY);
	struct io_read r = { fd, 2, room, 4, "a" };
	assert_ok(io_pread(&r, &got, &error));
	assert_span(span_of(room, got), "2345");
	r.n = sizeof(room);
	r.off = 7;
	assert_ok(io_pread(&r, &got, &error));
	assert_span(span_of(room, got), "789");
	r.off = 100;
	assert_ok(io_pread(&r, &got, &error));
	assert_int_equal(got, 0);
	(void)close(fd);
}

static void
a_read_error_names_the_place(void **state)
{
	uint8_t room[4];
	size_t got;
	const struct io_read r = { dirfd_of_test, 4096, room, 4, "x.evtx" };

	(void)state;
	assert_why(io_pread(&r, &got, &error), RC_FATAL, error, WHY_SYSTEM);
	assert_int_equal(error.sys, EISDIR);
	assert_says(error, "x.evtx at offset 4096");
}

static void
a_full_disk_is_to_be_tried_again(void **state)
{
	const int fd = open("/dev/full", O_WRONLY);

	(void)state;
	if (fd == -1)
		skip();
	assert_why(io_write(fd, SPAN("x"), "out", &error), RC_RETRY, error,
	    WHY_SYSTEM);
	assert_int_equal(error.sys, ENOSPC);
	assert_says(error, "write out");
	(void)close(fd);
}

static void
nothing_to_write_is_no_error(void **state)
{
	(void)state;
	assert_ok(io_write(-1, span_of(NULL, 0), "out", &error));
	assert_why(io_write(-1, SPAN("x"), "out", &error), RC_FATAL, error,
	    WHY_SYSTEM);
	assert_int_equal(error.sys, EBADF);
}

static void
slurp_appends_the_whole_file(void **state)
{
	struct buf b;

	(void)state;
	file_write(in(dir, "text"), SPAN("content"));
	buf_init(&b, (size_t)1 << 20);
	buf_str(&b, "before ");
	assert_ok(io_slurp(dirfd_of_test, "text", &b, &error));
	assert_buf(&b, "before content");
	assert_why(io_slurp(dirfd_of_test, "none", &b, &error), RC_FATAL, error,
	    WHY_SYSTEM);
	assert_int_equal(error.sys, ENOENT);
	buf_reset(&b);
}

static void
slurp_takes_what_fits_to_the_last_byte(void **state)
{
	static const size_t sizes[] = { 0, 1, 16383, 16384, 16385, 50000 };
	uint8_t content[50000];
	struct buf b;

	(void)state;
	memset(content, 'x', sizeof(content));
	for (size_t i = 0; i < COUNT(sizes); i++) {
		file_write(in(dir, "big"), span_of(content, sizes[i]));
		buf_init(&b, sizes[i]);
		assert_ok(io_slurp(dirfd_of_test, "big", &b, &error));
		assert_span_eq(buf_span(&b), span_of(content, sizes[i]));
		buf_reset(&b);
		if (sizes[i] == 0)
			continue;
		buf_init(&b, sizes[i] - 1);
		assert_why(io_slurp(dirfd_of_test, "big", &b, &error), RC_FATAL,
		    error, WHY_LIMIT);
		buf_reset(&b);
	}
}

static void
a_written_file_replaces_the_old_one(void **state)
{
	struct stat st;

	(void)state;
	assert_ok(io_write_file(dirfd_of_test, "w", SPAN("old"), &error));
	assert_ok(io_write_file(dirfd_of_test, "w", SPAN("newer"), &error));
	assert_file("w", "newer");
	assert_int_equal(stat(in(dir, "w"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_false(file_there(in(dir, ".w.tmp")));
}

static void
a_left_over_of_a_killed_run_is_replaced(void **state)
{
	(void)state;
	file_write(in(dir, ".k.tmp"), SPAN("half of someth"));
	assert_ok(io_write_file(dirfd_of_test, "k", SPAN("whole"), &error));
	assert_file("k", "whole");
	assert_false(file_there(in(dir, ".k.tmp")));
}

static void
a_link_in_the_way_is_not_written_through(void **state)
{
	(void)state;
	file_write(in(dir, "victim"), SPAN("precious"));
	assert_int_equal(symlink("victim", in(dir, ".l.tmp")), 0);
	assert_int_equal(symlink("victim", in(dir, "l")), 0);
	assert_ok(io_write_file(dirfd_of_test, "l", SPAN("mine"), &error));
	assert_file("victim", "precious");
	assert_file("l", "mine");
}

static void
a_name_that_is_too_long_is_refused(void **state)
{
	char name[300];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_why(io_write_file(dirfd_of_test, name, SPAN("x"), &error),
	    RC_FATAL, error, WHY_LIMIT);
}

static void
a_failed_publication_leaves_nothing_half(void **state)
{
	(void)state;
	assert_int_equal(mkdir(in(dir, "taken"), 0700), 0);
	assert_why(io_write_file(dirfd_of_test, "taken", SPAN("x"), &error),
	    RC_FATAL, error, WHY_SYSTEM);
	assert_false(file_there(in(dir, ".taken.tmp")));
	assert_why(io_write_file(-1, "gone", SPAN("x"), &error), RC_FATAL,
	    error, WHY_SYSTEM);
}

static void
publish_gives_the_final_name(void **state)
{
	const int fd = open(in(dir, "p.tmp"), O_WRONLY | O_CREAT, 0600);

	(void)state;
	assert_ok(io_write(fd, SPAN("done"), "p", &error));
	assert_ok(io_publish(dirfd_of_test, fd, "p.tmp", "p", &error));
	assert_file("p", "done");
	assert_false(file_there(in(dir, "p.tmp")));
	(void)close(fd);
}

static void
folders_are_made_or_found(void **state)
{
	struct stat st;
	int fd = -1;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_ok(io_open_dir(dirfd_of_test, "sub", &fd, &error));
		assert_int_equal(fstat(fd, &st), 0);
		assert_true(S_ISDIR(st.st_mode));
		assert_int_equal(st.st_mode & 0777, 0700);
		assert_ok(io_sync_dir(fd, "sub", &error));
		(void)close(fd);
	}
	file_write(in(dir, "file"), SPAN(""));
	assert_why(io_open_dir(dirfd_of_test, "file", &fd, &error), RC_FATAL,
	    error, WHY_SYSTEM);
	assert_rc(io_sync_dir(-1, "x", &error), RC_FATAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_ends_where_the_file_ends),
		cmocka_unit_test(a_read_error_names_the_place),
		cmocka_unit_test(a_full_disk_is_to_be_tried_again),
		cmocka_unit_test(nothing_to_write_is_no_error),
		cmocka_unit_test(slurp_appends_the_whole_file),
		cmocka_unit_test(slurp_takes_what_fits_to_the_last_byte),
		cmocka_unit_test(a_written_file_replaces_the_old_one),
		cmocka_unit_test(a_left_over_of_a_killed_run_is_replaced),
		cmocka_unit_test(a_link_in_the_way_is_not_written_through),
		cmocka_unit_test(a_name_that_is_too_long_is_refused),
		cmocka_unit_test(a_failed_publication_leaves_nothing_half),
		cmocka_unit_test(publish_gives_the_final_name),
		cmocka_unit_test(folders_are_made_or_found),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
