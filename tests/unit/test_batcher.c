/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>

#include "load/batcher.h"
#include "stage/skip_list.h"
#include "tests/unit/helper.h"

#define BATCHES_MAX 32

static char dir[TEMP_MAX];
static struct err error;
static struct batch batches[BATCHES_MAX];
static size_t n_batches;

static int
setup(void **state)
{
	(void)state;
	temp_make(dir);
	n_batches = 0;
	return mkdir(in(dir, "segments"), 0700);
}

static int
teardown(void **state)
{
	temp_remove(dir);
	return helper_teardown(state);
}

static enum rc
add(void *arg, struct batch *b, struct err *e)
{
	(void)arg;
	(void)e;
	assert_true(n_batches < BATCHES_MAX);
	batches[n_batches++] = *b;
	return RC_OK;
}

/* Batches of lines of these lengths (0 ends the list) under these limits. */
static void
divide(const unsigned *lengths, uint64_t max_bytes, uint64_t max_records)
{
	const struct sink sink = { .max_bytes = max_bytes,
		.max_records = max_records };
	struct batcher b = { .sink = &sink, .add = add };
	struct reader *r = NULL;
	uint8_t sum[DIGEST_BYTES];
	char hex[DIGEST_HEX];
	char json[512];
	struct buf text;
	unsigned lines = 0;

	buf_init(&text, 1U << 20);
	for (; lengths[lines] != 0; lines++) {
		for (unsigned i = 0; i < lengths[lines]; i++)
			buf_byte(&text, 'x');
		buf_byte(&text, '\n');
	}
	assert_ok(digest_once(buf_span(&text), sum, &error));
	digest_hex(sum, sizeof(sum), hex);
	(void)snprintf(json, sizeof(json),
	    "{\"schema\":\"raw\",\"segments\":[{\"name\":\"segments/1\","
	    "\"sha256\":\"%s\",\"bytes\":%zu,\"lines\":%u}],"
	    "\"accounting\":{\"emitted\":%u}}",
	    hex, text.n, lines, lines);
	file_write(in(dir, "manifest.json"), span_str(json));
	file_write(in(dir, "segments/1"), buf_span(&text));
	assert_ok(reader_open(dir, &r, &error));
	assert_ok(batcher_scan(&b, r, 0, 1, &error));
	reader_close(r);
	buf_reset(&text);
}

static void
assert_batch(size_t i, uint64_t offset, uint64_t length, uint64_t records)
{
	assert_true(i < n_batches);
	assert_int_equal(batches[i].offset, offset);
	assert_int_equal(batches[i].length, length);
	assert_int_equal(batches[i].records, records);
}

static void
filled_to_the_byte(void **state)
{
	static const unsigned lengths[] = { 3, 3, 3, 4, 2, 0 };

	(void)state;
	/* 4 + 4 + 4 bytes fit 12; 5 + 3 are left. */
	divide(lengths, 12, 100);
	assert_int_equal(n_batches, 2);
	assert_batch(0, 0, 12, 3);
	assert_batch(1, 12, 8, 2);
}

static void
one_byte_less(void **state)
{
	static const unsigned lengths[] = { 3, 3, 3, 4, 2, 0 };

	(void)state;
	divide(lengths, 11, 100);
	assert_int_equal(n_batches, 3);
	assert_batch(0, 0, 8, 2);
	assert_batch(1, 8, 9, 2);
	assert_batch(2, 17, 3, 1);
}

static void
by_records(void **state)
{
	static const unsigned lengths[] = { 1, 1, 1, 1, 1, 0 };

	(void)state;
	divide(lengths, 1000, 2);
	assert_int_equal(n_batches, 3);
	assert_batch(2, 8, 2, 1);
}

static void
too_long_stands_alone(void **state)
{
	static const unsigned lengths[] = { 3, 12, 3, 11, 3, 0 };

	(void)state;
	divide(lengths, 12, 100);
	assert_int_equal(n_batches, 5);
	assert_batch(0, 0, 4, 1);
	assert_batch(1, 4, 13, 1);
	assert_int_equal(batches[1].status, BATCH_REFUSED);
	assert_int_equal(batches[1].refused, 1);
	assert_batch(2, 17, 4, 1);
	assert_int_equal(batches[2].status, BATCH_PLANNED);
	assert_int_equal(batches[2].refused, 0);
	/* 11 and its LF are the limit. */
	assert_batch(3, 21, 12, 1);
	assert_int_equal(batches[3].status, BATCH_PLANNED);
}

static void
an_empty_segment(void **state)
{
	static const unsigned lengths[] = { 0 };

	(void)state;
	divide(lengths, 12, 100);
	assert_int_equal(n_batches, 0);
}

static enum rc
open_skips(const uint64_t rows[][2], size_t n, struct skip_list **list)
{
	struct skip_list_info info = { .rows = n };
	uint8_t sum[DIGEST_BYTES];
	struct buf text;

	buf_init(&text, 1U << 20);
	for (size_t i = 0; i < n; i++)
		skip_list_put(&text,
		    &(struct skip_list_row){ 1, rows[i][0], rows[i][1] });
	assert_ok(digest_once(buf_span(&text), sum, &error));
	digest_hex(sum, sizeof(sum), info.sha256);
	file_write(in(dir, "skips"), buf_span(&text));
	buf_reset(&text);
	return skip_list_open(AT_FDCWD, in(dir, "skips"), &info, list, &error);
}

/* Rows that are skipped fill no batch. They belong to the range of the batch
 * before them, at the start of the segment to that of the first one, so the
 * batches cover the segment. */
static void
skipped_rows(void **state)
{
	static const unsigned lengths[] = { 3, 3, 3, 3, 3, 3, 3, 12, 3, 0 };
	static const uint64_t rows[][2] = { { 0, 4 }, { 8, 4 }, { 16, 4 },
		{ 41, 4 } };
	const struct sink sink = { .max_bytes = 8, .max_records = 100 };
	struct batcher b = { .sink = &sink, .add = add };
	struct skip_list *list = NULL;
	struct reader *r = NULL;

	(void)state;
	divide(lengths, 1000, 100);
	n_batches = 0;
	assert_ok(open_skips(rows, COUNT(rows), &list));
	assert_ok(reader_open(dir, &r, &error));
	assert_ok(reader_skip(r, list, &error));
	assert_ok(batcher_scan(&b, r, 0, 1, &error));
	assert_int_equal(n_batches, 3);
	assert_batch(0, 0, 20, 2);  /* rows at 4 and 12 */
	assert_batch(1, 20, 8, 2);  /* at 20 and 24 */
	assert_batch(2, 28, 17, 1); /* too long, and the skipped last row */
	assert_int_equal(batches[2].status, BATCH_REFUSED);
	reader_close(r);
}

/* Whatever the lengths and limits: end to end, within the limits, and never
 * two batches where one would do. */
static void
always_whole(void **state)
{
	(void)state;
	for (int round = 0; round < 200; round++) {
		unsigned lengths[21] = { 0 };
		const uint64_t max = 5 + dice(40);
		uint64_t at = 0;
		for (size_t i = 0; i < 20; i++)
			lengths[i] = 1 + dice(20);
		n_batches = 0;
		divide(lengths, max, 100);
		for (size_t i = 0, line = 0; i < n_batches; i++) {
			assert_int_equal(batches[i].offset, at);
			at += batches[i].length;
			line += batches[i].records;
			if (batches[i].status == BATCH_REFUSED) {
				assert_true(batches[i].length > max);
				continue;
			}
			assert_true(batches[i].length <= max);
			if (i + 1 < n_batches)
				assert_true(
				    batches[i].length + lengths[line] + 1 >
				    max);
		}
	}
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(filled_to_the_byte),
		T(one_byte_less),
		T(by_records),
		T(too_long_stands_alone),
		T(an_empty_segment),
		T(skipped_rows),
		T(always_whole),
	};

	return RUN(tests);
}
