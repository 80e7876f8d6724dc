/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stage/sidecar_writer.h"
#include "tests/unit/helper.h"
#include "util/io.h"

#define NAME "chunks.ndjson"
#define MOST ((size_t)300000) /* more than may wait to be written */

static struct err error;
static char folder[TEMP_MAX];
static struct staging_dir dirs;
static uint8_t content[MOST];

static void
file_has(int dirfd, size_t n)
{
	struct buf got;

	buf_init(&got, MOST + 1);
	assert_ok(io_slurp(dirfd, NAME, &got, &error));
	assert_true(span_eq(buf_span(&got), span_of(content, n)));
	buf_reset(&got);
}

/* Add the content from *at on, in pieces of a size, up to an end. */
static void
add(struct sidecar_writer *r, size_t *at, size_t end, size_t size)
{
	for (; *at < end; *at += size) {
		if (size > end - *at)
			size = end - *at;
		assert_ok(sidecar_writer_add(
		    r, span_of(content + *at, size), &error));
	}
}

/* Pieces that fit into what may wait, fill it, and are larger; empty ones. */
static void
all_lines_are_in_the_published_file(void **state)
{
	static const size_t sizes[] = { 17, 1000, 65535, 65536, 65537, 200000 };

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct sidecar_writer r;
		uint8_t raw[DIGEST_BYTES];
		char want[DIGEST_HEX];
		size_t at = 0;
		assert_ok(sidecar_writer_init(&r, NAME, &error));
		assert_ok(sidecar_writer_create(&r, &dirs, &error));
		assert_ok(sidecar_writer_add(&r, span_of(NULL, 0), &error));
		add(&r, &at, MOST / 2, sizes[i]);
		add(&r, &at, MOST, sizes[COUNT(sizes) - 1 - i]);
		assert_ok(sidecar_writer_publish(&r, &dirs, &error));
		file_has(dirs.dir, MOST);
		assert_ok(digest_once(span_of(content, MOST), raw, &error));
		digest_hex(raw, sizeof(raw), want);
		assert_string_equal(r.sum.sha256, want);
		assert_int_equal(r.sum.bytes, MOST);
		assert_int_equal(r.sum.lines, MOST / 100);
		sidecar_writer_close(&r);
	}
}

/* All lines up to a checkpoint are in the file, and later ones are removed. */
static void
a_checkpoint_has_all_lines_in_the_file(void **state)
{
	struct sidecar_writer r;
	struct state_writer w;
	struct state_reader in;
	struct buf text;
	size_t at = 0;

	(void)state;
	buf_init(&text, 1U << 16);
	assert_ok(sidecar_writer_init(&r, NAME, &error));
	assert_ok(sidecar_writer_create(&r, &dirs, &error));
	add(&r, &at, 70000, 1700);
	state_codec_write_begin(&w, &text);
	assert_ok(sidecar_writer_write_state(&r, &w, &error));
	assert_ok(state_codec_write_end(&w, &error));
	file_has(dirs.state, 70000);
	add(&r, &at, MOST, 1700);
	sidecar_writer_close(&r);

	assert_ok(sidecar_writer_init(&r, NAME, &error));
	assert_ok(state_codec_read_begin(
	    &in, buf_span(&text), "the checkpoint", &error));
	sidecar_writer_read_state(&r, &in);
	assert_ok(state_codec_read_end(&in, &error));
	assert_ok(sidecar_writer_resume(&r, &dirs, false, &error));
	file_has(dirs.state, 70000);
	at = 70000;
	add(&r, &at, MOST, 900);
	assert_ok(sidecar_writer_publish(&r, &dirs, &error));
	file_has(dirs.dir, MOST);
	assert_int_equal(r.sum.bytes, MOST);
	sidecar_writer_close(&r);
	buf_reset(&text);
}

static void
a_full_disk_is_reported_by_the_end(void **state)
{
	const int full = open("/dev/full", O_WRONLY);
	struct sidecar_writer r;

	(void)state;
	if (full == -1)
		skip();
	assert_ok(sidecar_writer_init(&r, NAME, &error));
	assert_ok(sidecar_writer_create(&r, &dirs, &error));
	assert_int_equal(dup2(full, r.fd), r.fd);
	assert_ok(sidecar_writer_add(&r, span_of(content, 100), &error));
	assert_why(sidecar_writer_publish(&r, &dirs, &error), RC_RETRY, error,
	    WHY_SYSTEM);
	assert_says(error, NAME);
	assert_says(error, strerror(ENOSPC));
	sidecar_writer_close(&r);
	(void)close(full);
}

static int
make_folders(void **state)
{
	(void)state;
	for (size_t i = 0; i < MOST; i++)
		content[i] = i % 100 == 99 ? '\n' : (uint8_t)('a' + i / 7 % 26);
	temp_make(folder);
	(void)mkdir(in(folder, "state"), 0700);
	dirs.dir = open(folder, O_RDONLY | O_DIRECTORY);
	dirs.state = open(in(folder, "state"), O_RDONLY | O_DIRECTORY);
	dirs.segments = -1;
	return dirs.dir == -1 || dirs.state == -1 ? -1 : 0;
}

static int
remove_folders(void **state)
{
	(void)state;
	(void)close(dirs.dir);
	(void)close(dirs.state);
	temp_remove(folder);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_lines_are_in_the_published_file),
		cmocka_unit_test(a_checkpoint_has_all_lines_in_the_file),
		cmocka_unit_test(a_full_disk_is_reported_by_the_end),
	};

	return cmocka_run_group_tests(tests, make_folders, remove_folders);
}
