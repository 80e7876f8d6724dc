/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert/source.h"
#include "tests/unit/helper.h"

static char dir[TEMP_MAX];
static struct digest_thread *digest;
static struct source source;
static uint8_t piece[CHUNK_BYTES];
static struct err error;

static int
setup(void **state)
{
	(void)state;
	temp_make(dir);
	return digest_thread_create(&digest, NULL, &error) == RC_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	digest_thread_destroy(digest);
	temp_remove(dir);
	return 0;
}

static const char *
path(void)
{
	return in(dir, "x.evtx");
}

/* Make a file of n bytes without repetition. */
static void
make(size_t n)
{
	uint8_t *const p = malloc(n + 1);

	assert_non_null(p);
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 7 + i / 4096);
	memcpy(p, "ElfFile", n < 8 ? n : 8);
	file_write(path(), span_of(p, n));
	free(p);
}

/* Read to the end in pieces; notes the sizes of up to four. */
static size_t
read_all(size_t sizes[4])
{
	struct source_bytes b = { .p = piece, .cap = sizeof(piece) };
	size_t count = 0;
	enum rc rc;

	while ((rc = source_read(&source, &b, &error)) == RC_OK) {
		assert_true(count < 4);
		assert_int_equal(
		    b.off, CHUNK_FILE_HEADER + count * (uint64_t)CHUNK_BYTES);
		assert_int_equal(piece[0], (uint8_t)(b.off * 7 + b.off / 4096));
		sizes[count++] = b.n;
		assert_ok(digest_thread_wait(digest, b.mark, &error));
		source_advance(&source, b.n);
	}
	assert_rc(rc, RC_END);
	return count;
}

static void
pieces_of_a_file_and_its_digest(void **state)
{
	size_t sizes[4];
	char got[DIGEST_HEX];
	char want[DIGEST_HEX];
	uint8_t raw[DIGEST_BYTES];
	struct buf all;

	(void)state;
	make(CHUNK_FILE_HEADER + CHUNK_BYTES + 1000);
	assert_ok(source_open(&source, path(), digest, &error));
	assert_true(source.header.signature);
	assert_int_equal(read_all(sizes), 2);
	assert_int_equal(sizes[0], CHUNK_BYTES);
	assert_int_equal(sizes[1], 1000);
	assert_ok(source_finish(&source, got, &error));
	source_close(&source);
	buf_init(&all, (size_t)1 << 20);
	FILE *const f = fopen(path(), "rb");
	assert_non_null(buf_room(&all, 100000));
	all.n = fread(all.p, 1, 100000, f);
	(void)fclose(f);
	assert_ok(digest_once(buf_span(&all), raw, &error));
	digest_hex(raw, sizeof(raw), want);
	assert_string_equal(got, want);
	buf_reset(&all);
}

static void
what_is_not_taken_comes_again(void **state)
{
	struct source_bytes b = { .p = piece, .cap = 100 };
	char first[DIGEST_HEX];
	char second[DIGEST_HEX];
	size_t sizes[4];

	(void)state;
	make(CHUNK_FILE_HEADER + 150);
	assert_ok(source_open(&source, path(), digest, &error));
	assert_int_equal(read_all(sizes), 1);
	assert_ok(source_finish(&source, first, &error));
	source_close(&source);
	assert_ok(source_open(&source, path(), digest, &error));
	assert_ok(source_read(&source, &b, &error));
	assert_int_equal(b.n, 100);
	assert_false(b.end);
	const uint8_t at_60 = piece[60];
	source_advance(&source, 60);
	assert_ok(source_read(&source, &b, &error));
	assert_int_equal(b.off, CHUNK_FILE_HEADER + 60);
	assert_int_equal(b.n, 90);
	assert_int_equal(piece[0], at_60);
	assert_true(b.end);
	source_advance(&source, 90);
	assert_rc(source_read(&source, &b, &error), RC_END);
	/* The digest contains each byte once. */
	assert_ok(source_finish(&source, second, &error));
	assert_string_equal(first, second);
	source_close(&source);
}

static void
an_empty_file_is_skipped(void **state)
{
	(void)state;
	make(0);
	assert_why(source_open(&source, path(), digest, &error), RC_SKIP, error,
	    WHY_CORRUPT);
	assert_says(error, "is empty");
	source_close(&source);
	source_close(&source);
}

static void
a_file_shorter_than_its_header_has_no_piece(void **state)
{
	static const size_t lengths[] = { 1, 128, 4095, 4096 };
	size_t sizes[4];
	char hex[DIGEST_HEX];

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		make(lengths[i]);
		assert_ok(source_open(&source, path(), digest, &error));
		assert_int_equal(read_all(sizes), 0);
		assert_ok(source_finish(&source, hex, &error));
		source_close(&source);
	}
}

static void
what_cannot_be_opened_is_skipped_and_named(void **state)
{
	(void)state;
	assert_why(source_open(&source, path(), digest, &error), RC_SKIP, error,
	    WHY_SYSTEM);
	assert_says(error, "x.evtx: No such file");
	source_close(&source);
	assert_int_equal(mkfifo(path(), 0600), 0);
	assert_why(source_open(&source, path(), digest, &error), RC_SKIP, error,
	    WHY_CORRUPT);
	assert_says(error, "not a regular file");
	source_close(&source);
	assert_rc(source_open(&source, dir, digest, &error), RC_SKIP);
	source_close(&source);
}

static void
append(const char *text)
{
	FILE *const f = fopen(path(), "ab");

	assert_non_null(f);
	(void)fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void
a_file_that_grows_is_read_as_far_as_it_was(void **state)
{
	size_t sizes[4];
	char hex[DIGEST_HEX];

	(void)state;
	make(CHUNK_FILE_HEADER + 100);
	assert_ok(source_open(&source, path(), digest, &error));
	append("more");
	assert_int_equal(read_all(sizes), 1);
	assert_int_equal(sizes[0], 100);
	assert_why(
	    source_finish(&source, hex, &error), RC_SKIP, error, WHY_CORRUPT);
	assert_says(error, "changed while it was read");
	source_close(&source);
}

static void
a_file_that_is_cut_is_noticed(void **state)
{
	size_t sizes[4];
	char hex[DIGEST_HEX];

	(void)state;
	make(CHUNK_FILE_HEADER + CHUNK_BYTES);
	assert_ok(source_open(&source, path(), digest, &error));
	assert_int_equal(truncate(path(), CHUNK_FILE_HEADER + 10), 0);
	assert_int_equal(read_all(sizes), 1);
	assert_int_equal(sizes[0], 10);
	assert_rc(source_finish(&source, hex, &error), RC_SKIP);
	source_close(&source);
}

static void
a_file_rewritten_in_place_is_noticed(void **state)
{
	const struct timespec old[2] = { { 1000000000, 0 }, { 1000000000, 0 } };
	size_t sizes[4];
	char hex[DIGEST_HEX];

	(void)state;
	make(CHUNK_FILE_HEADER + 10);
	assert_int_equal(utimensat(AT_FDCWD, path(), old, 0), 0);
	assert_ok(source_open(&source, path(), digest, &error));
	assert_int_equal(read_all(sizes), 1);
	make(CHUNK_FILE_HEADER + 10);
	assert_rc(source_finish(&source, hex, &error), RC_SKIP);
	source_close(&source);
}

int
main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		EACH(pieces_of_a_file_and_its_digest),
		EACH(what_is_not_taken_comes_again),
		EACH(an_empty_file_is_skipped),
		EACH(a_file_shorter_than_its_header_has_no_piece),
		EACH(what_cannot_be_opened_is_skipped_and_named),
		EACH(a_file_that_grows_is_read_as_far_as_it_was),
		EACH(a_file_that_is_cut_is_noticed),
		EACH(a_file_rewritten_in_place_is_noticed),
	};

	return RUN(tests);
}
