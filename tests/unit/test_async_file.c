/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/unit/helper.h"
#include "util/async_file.h"
#include "util/io.h"

#define PIECE 70001U
#define MOST (5U << 20) /* more bytes than blocks can be pending */

static struct err error;
static uint8_t content[MOST];
static char folder[] = "/tmp/outfile.XXXXXX";

static int
create(unsigned number)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/%u", folder, number);
	const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_int_not_equal(fd, -1);
	return fd;
}

static void
check(unsigned number, size_t n)
{
	char path[64];
	struct buf got;

	(void)snprintf(path, sizeof(path), "%s/%u", folder, number);
	buf_init(&got, MOST + 1);
	assert_ok(io_slurp(AT_FDCWD, path, &got, &error));
	assert_int_equal(got.n, n);
	assert_true(span_eq(buf_span(&got), span_of(content, n)));
	buf_reset(&got);
	assert_int_equal(unlink(path), 0);
}

static void
write_file(struct async_file *o, size_t n)
{
	for (size_t at = 0; at < n; at += PIECE) {
		const size_t left = n - at;
		const size_t piece = left < PIECE ? left : PIECE;
		assert_ok(
		    async_file_add(o, span_of(content + at, piece), &error));
	}
	assert_ok(async_file_end(o, &error));
}

/* Sizes around one block and several, and empty files; more files than can be
 * pending at once. */
static void
files_of_any_size_hold_what_was_added(void **state)
{
	static const size_t sizes[] = { 0, 1, 4096, (1U << 20) - 1, 1U << 20,
		(1U << 20) + 1, MOST, 17, 3U << 20, 0, 5, MOST - 4097 };
	const unsigned n = sizeof(sizes) / sizeof(*sizes);
	struct async_file *o;

	(void)state;
	for (size_t i = 0; i < MOST; i++)
		content[i] = (uint8_t)(i * 7 + i / 251);
	assert_ok(async_file_create(&o, &error));
	for (unsigned i = 0; i < n; i++) {
		async_file_begin(o, create(i), "a file");
		write_file(o, sizes[i]);
	}
	assert_ok(async_file_wait(o, &error));
	for (unsigned i = 0; i < n; i++)
		check(i, sizes[i]);
	async_file_destroy(o);
}

/* The memory for the next bytes never ends before the file does. */
static void
bytes_may_be_written_into_the_memory_of_a_file(void **state)
{
	struct async_file *o;
	size_t at = 0;

	(void)state;
	assert_ok(async_file_create(&o, &error));
	async_file_begin(o, create(0), "a file");
	while (at < MOST) {
		size_t n = MOST - at < PIECE ? MOST - at : PIECE;
		uint8_t *const to = async_file_room(o, &n);
		assert_true(n != 0 && n <= PIECE);
		memcpy(to, content + at, n);
		assert_ok(async_file_fill(o, n, &error));
		at += n;
	}
	assert_ok(async_file_end(o, &error));
	assert_ok(async_file_wait(o, &error));
	check(0, MOST);
	async_file_destroy(o);
}

static void
a_file_goes_on_where_it_was_synced(void **state)
{
	static const size_t cuts[] = { 0, 1, ASYNC_FILE_BLOCK - 1,
		ASYNC_FILE_BLOCK, ASYNC_FILE_BLOCK + 1,
		3 * ASYNC_FILE_BLOCK + 5 };
	struct async_file *o;
	struct span rest;
	uint8_t *kept;

	(void)state;
	kept = malloc(ASYNC_FILE_BLOCK);
	assert_non_null(kept);
	for (unsigned i = 0; i < sizeof(cuts) / sizeof(*cuts); i++) {
		assert_ok(async_file_create(&o, &error));
		async_file_begin(o, create(i), "a file");
		assert_ok(async_file_add(o, span_of(content, cuts[i]), &error));
		assert_ok(async_file_sync(o, &rest, &error));
		const size_t n = rest.n;
		assert_true(n < ASYNC_FILE_BLOCK &&
			    (cuts[i] - n) % ASYNC_FILE_BLOCK == 0);
		memcpy(kept, rest.p, n);
		assert_ok(async_file_add(o, span_of(content, 5000), &error));
		async_file_destroy(o);

		char path[64];
		(void)snprintf(path, sizeof(path), "%s/%u", folder, i);
		const int fd = open(path, O_WRONLY);
		assert_ok(io_go_back(fd, cuts[i] - n, path, &error));
		assert_ok(async_file_create(&o, &error));
		async_file_resume(o, fd, "a file", cuts[i] - n);
		assert_ok(async_file_add(o, span_of(kept, n), &error));
		assert_ok(async_file_add(
		    o, span_of(content + cuts[i], MOST - cuts[i]), &error));
		assert_ok(async_file_end(o, &error));
		assert_ok(async_file_wait(o, &error));
		async_file_destroy(o);
		check(i, MOST);
	}
	free(kept);
}

static void
what_cannot_be_written_is_said_with_its_name(void **state)
{
	const int fd = open("/dev/full", O_WRONLY);
	struct async_file *o;

	(void)state;
	if (fd == -1)
		skip();
	assert_ok(async_file_create(&o, &error));
	async_file_begin(o, fd, "segments/000007.ndjson");
	(void)async_file_add(o, span_of(content, MOST), &error);
	(void)async_file_end(o, &error);
	assert_int_not_equal(async_file_wait(o, &error), RC_OK);
	assert_non_null(strstr(error.text, "segments/000007.ndjson"));
	assert_non_null(strstr(error.text, strerror(ENOSPC)));
	async_file_destroy(o);
}

/* The limit cuts the third block: the write before it is short. */
static void
a_short_write_is_continued_until_it_fails(void **state)
{
	const struct rlimit limit = { (2U << 20) + 4096 * 5, RLIM_INFINITY };
	struct rlimit before;
	struct async_file *o;

	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_ok(async_file_create(&o, &error));
	async_file_begin(o, create(0), "segments/000003.ndjson");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	(void)async_file_add(o, span_of(content, MOST), &error);
	(void)async_file_end(o, &error);
	const enum rc rc = async_file_wait(o, &error);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_not_equal(rc, RC_OK);
	assert_non_null(strstr(error.text, "segments/000003.ndjson"));
	assert_non_null(strstr(error.text, strerror(EFBIG)));
	async_file_destroy(o);
	check(0, limit.rlim_cur);
}

static void
an_open_file_may_be_left(void **state)
{
	struct async_file *o;

	(void)state;
	assert_ok(async_file_create(&o, &error));
	async_file_begin(o, create(0), "a file");
	assert_ok(async_file_add(o, span_of(content, 3U << 20), &error));
	async_file_destroy(o);
	char path[64];
	(void)snprintf(path, sizeof(path), "%s/0", folder);
	assert_int_equal(unlink(path), 0);
}

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_of_any_size_hold_what_was_added),
		cmocka_unit_test(a_file_goes_on_where_it_was_synced),
		cmocka_unit_test(what_cannot_be_written_is_said_with_its_name),
		cmocka_unit_test(
		    bytes_may_be_written_into_the_memory_of_a_file),
		cmocka_unit_test(a_short_write_is_continued_until_it_fails),
		cmocka_unit_test(an_open_file_may_be_left),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
