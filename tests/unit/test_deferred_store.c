/* SPDX-License-Identifier: Apache-2.0 */
/* Deferred records are returned in order. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert/deferred_store.h"
#include "tests/unit/helper.h"
#include "util/scratch.h"

static char dir[TEMP_MAX];
static struct scratch scratch;
static struct deferred_store *aside;
static struct err error;
static uint8_t chunk[CHUNK_BYTES];
static uint8_t back[CHUNK_BYTES];

static int
setup(void **state)
{
	(void)state;
	temp_make(dir);
	scratch.dir = dir;
	return deferred_store_create(&aside, -1, &scratch, &error) == RC_OK
		   ? 0
		   : -1;
}

static int
teardown(void **state)
{
	deferred_store_destroy(aside);
	deferred_store_destroy(NULL);
	temp_remove(dir);
	return helper_teardown(state);
}

static void
put(size_t source, size_t n, enum deferred_kind kind)
{
	struct deferred_record records[2];
	const struct deferred_chunk c = { source, source * 1000, n, 2 };

	memset(records, 0, sizeof(records));
	records[0].offset = 512;
	records[0].before = source;
	records[1].offset = 600;
	records[1].kind = kind;
	memset(chunk, (int)source, n);
	assert_ok(deferred_store_put(aside, &c, chunk, records, &error));
}

static void
check_next(size_t source, size_t n, enum deferred_kind kind)
{
	struct deferred_record records[DEFERRED_RECORDS_MAX];
	struct deferred_chunk c;

	assert_ok(deferred_store_next(aside, &c, back, records, &error));
	assert_int_equal(c.source, source);
	assert_int_equal(c.offset, source * 1000);
	assert_int_equal(c.n, n);
	assert_int_equal(c.n_records, 2);
	assert_int_equal(back[0], source);
	assert_int_equal(back[n - 1], source);
	assert_int_equal(records[0].before, source);
	assert_int_equal(records[0].kind, DEFERRED_ORPHAN);
	assert_int_equal(records[1].offset, 600);
	assert_int_equal(records[1].kind, kind);
}

static enum rc
next(void)
{
	struct deferred_record records[DEFERRED_RECORDS_MAX];
	struct deferred_chunk c;

	return deferred_store_next(aside, &c, back, records, &error);
}

static void
chunks_come_back_as_often_as_one_likes(void **state)
{
	(void)state;
	put(1, CHUNK_BYTES, DEFERRED_ORPHAN);
	put(2, 700, DEFERRED_CARVED);
	assert_int_equal(deferred_store_count(aside, DEFERRED_ORPHAN), 3);
	assert_int_equal(deferred_store_count(aside, DEFERRED_CARVED), 1);
	for (unsigned i = 0; i < 2; i++) {
		deferred_store_rewind(aside);
		check_next(1, CHUNK_BYTES, DEFERRED_ORPHAN);
		check_next(2, 700, DEFERRED_CARVED);
		assert_rc(next(), RC_END);
	}
}

static void
without_anything_there_is_no_file(void **state)
{
	struct scratch nowhere = { .dir = "/nowhere/at/all" };

	(void)state;
	assert_rc(next(), RC_END);
	deferred_store_destroy(aside);
	assert_ok(deferred_store_create(&aside, -1, &nowhere, &error));
	assert_rc(next(), RC_END);
	const struct deferred_chunk c = { .n = 1 };
	assert_why(deferred_store_put(aside, &c, chunk, NULL, &error), RC_FATAL,
	    error, WHY_SYSTEM);
	assert_says(error, "/nowhere/at/all");
}

static void
elsewhere_the_file_has_no_name(void **state)
{
	(void)state;
	put(1, 600, DEFERRED_ORPHAN);
	check_next(1, 600, DEFERRED_ORPHAN);
	/* rmdir() only removes an empty folder. */
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(mkdir(dir, 0700), 0);
}

/* After a kill, records deferred since the checkpoint are discarded. */
static void
it_goes_back_to_a_checkpoint(void **state)
{
	struct state_writer w;
	struct state_reader r;
	struct buf text;

	(void)state;
	const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	deferred_store_destroy(aside);
	assert_ok(deferred_store_create(&aside, fd, NULL, &error));
	put(2, 600, DEFERRED_ORPHAN);
	buf_init(&text, 4096);
	state_codec_write_begin(&w, &text);
	assert_ok(deferred_store_write_state(aside, &w, &error));
	assert_ok(state_codec_write_end(&w, &error));
	put(3, 600, DEFERRED_CARVED);
	deferred_store_destroy(aside);

	assert_ok(deferred_store_create(&aside, fd, NULL, &error));
	assert_ok(
	    state_codec_read_begin(&r, buf_span(&text), "a state", &error));
	assert_ok(deferred_store_read_state(aside, &r, &error));
	assert_ok(state_codec_read_end(&r, &error));
	assert_int_equal(deferred_store_count(aside, DEFERRED_CARVED), 0);
	put(4, 700, DEFERRED_ORPHAN);
	deferred_store_rewind(aside);
	check_next(2, 600, DEFERRED_ORPHAN);
	check_next(4, 700, DEFERRED_ORPHAN);
	assert_rc(next(), RC_END);
	assert_int_equal(unlinkat(fd, "aside", 0), 0);
	buf_reset(&text);
	(void)close(fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(chunks_come_back_as_often_as_one_likes),
		TEST(without_anything_there_is_no_file),
		TEST(it_goes_back_to_a_checkpoint),
		TEST(elsewhere_the_file_has_no_name),
	};

	return RUN(tests);
}
