/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stage/reader.h"
#include "stage/skip_list.h"
#include "tests/unit/helper.h"

#define LINES "a\nbb\nccc\ndddd\neeeee\n"

static char dir[TEMP_MAX];
static struct err error;
static struct buf list;
static struct reader *reader;

static void
row(uint64_t segment, uint64_t offset, uint64_t length)
{
	skip_list_put(
	    &list, &(struct skip_list_row){ segment, offset, length });
}

/* A staging whose second segment has the lines; the first has one. */
static int
setup(void **state)
{
	static const char *const text[] = { "x\n", LINES };
	uint8_t sum[DIGEST_BYTES];
	char hex[2][DIGEST_HEX];
	char json[1024];

	(void)state;
	temp_make(dir);
	buf_init(&list, (size_t)1 << 20);
	if (mkdir(in(dir, "segments"), 0700) != 0)
		return -1;
	file_write(in(dir, "segments/000001.ndjson"), span_str(text[0]));
	file_write(in(dir, "segments/000002.ndjson"), span_str(text[1]));
	for (int i = 0; i < 2; i++) {
		assert_ok(digest_once(span_str(text[i]), sum, &error));
		digest_hex(sum, sizeof(sum), hex[i]);
	}
	(void)snprintf(json, sizeof(json),
	    "{\"schema\":\"raw\",\"segments\":["
	    "{\"name\":\"segments/000001.ndjson\",\"sha256\":\"%s\","
	    "\"bytes\":2,\"lines\":1},"
	    "{\"name\":\"segments/000002.ndjson\",\"sha256\":\"%s\","
	    "\"bytes\":20,\"lines\":5}],\"accounting\":{\"emitted\":6}}",
	    hex[0], hex[1]);
	file_write(in(dir, "manifest.json"), span_str(json));
	assert_ok(reader_open(dir, &reader, &error));
	return 0;
}

static int
teardown(void **state)
{
	reader_close(reader);
	reader = NULL;
	buf_reset(&list);
	temp_remove(dir);
	return helper_teardown(state);
}

/* Open the rows that were put as a list. */
static enum rc
open_list(struct skip_list **l)
{
	struct skip_list_info info = { .rows = list.n / SKIP_LIST_LINE };
	uint8_t sum[DIGEST_BYTES];

	file_write(in(dir, "list"), buf_span(&list));
	assert_ok(digest_once(buf_span(&list), sum, &error));
	digest_hex(sum, sizeof(sum), info.sha256);
	return skip_list_open(AT_FDCWD, in(dir, "list"), &info, l, &error);
}

static enum rc
use_list(void)
{
	struct skip_list *l = NULL;

	assert_ok(open_list(&l));
	return reader_skip(reader, l, &error);
}

static enum rc
add_line(void *arg, const struct scan_line *line, struct err *e)
{
	struct buf *const out = arg;

	(void)e;
	buf_fmt(out, "%llu:", (unsigned long long)line->offset);
	buf_put(out, line->text);
	buf_byte(out, ' ');
	return RC_OK;
}

static void
assert_lines(const char *want)
{
	struct buf out;
	const struct scan_visit visit = { add_line, &out };

	buf_init(&out, 1000);
	assert_ok(reader_scan(reader, 1, &visit, &error));
	assert_buf(&out, want);
	buf_reset(&out);
}

static void
assert_range(uint64_t offset, uint64_t length, const char *want)
{
	const struct reader_range range = { 1, offset, length };
	struct buf out;

	buf_init(&out, 1000);
	assert_ok(reader_read(reader, &range, &out, &error));
	assert_buf(&out, want);
	buf_reset(&out);
}

static void
rows_are_passed_over(void **state)
{
	(void)state;
	assert_lines("0:a 2:bb 5:ccc 9:dddd 14:eeeee ");
	row(2, 2, 3);
	row(2, 5, 4);
	row(2, 14, 6);
	assert_ok(use_list());
	assert_int_equal(reader_segment(reader, 0)->skipped, 0);
	assert_int_equal(reader_segment(reader, 1)->skipped, 3);
	assert_lines("0:a 9:dddd ");
	assert_range(0, 20, "a\ndddd\n");
	assert_range(2, 12, "dddd\n");
	assert_range(0, 9, "a\n");
	assert_range(2, 7, "");
	reader_skip_none(reader, 1);
	assert_lines("0:a 2:bb 5:ccc 9:dddd 14:eeeee ");
	assert_range(2, 12, "bb\nccc\ndddd\n");
}

static void
all_rows_of_a_segment(void **state)
{
	(void)state;
	row(1, 0, 2);
	row(2, 0, 2);
	row(2, 2, 3);
	row(2, 5, 4);
	row(2, 9, 5);
	row(2, 14, 6);
	assert_ok(use_list());
	assert_lines("");
	assert_range(0, 20, "");
}

static void
runs_and_stretches(void **state)
{
	const struct reader_range all = { 1, 0, 20 };
	struct reader_range run;
	struct reader_range piece = { 1, 0, 3 }; /* bb */

	(void)state;
	row(2, 0, 2);
	row(2, 5, 4);
	row(2, 9, 5);
	assert_ok(use_list());
	assert_ok(reader_run(reader, &all, &run, &error));
	assert_int_equal(run.offset, 2);
	assert_int_equal(run.length, 3);
	assert_ok(reader_stretch(reader, &piece, &error));
	assert_int_equal(piece.length, 14);
	piece.length = 9; /* bb and eeeee */
	assert_ok(reader_stretch(reader, &piece, &error));
	assert_int_equal(piece.length, 20);
}

/* More rows than a cursor reads at once. */
static void
long_lists(void **state)
{
	struct skip_list_cursor c;
	struct skip_list *l = NULL;
	struct skip_list_row got;
	uint64_t index = 0;

	(void)state;
	for (uint64_t i = 0; i < 3000; i++)
		row(1 + i / 1000, 10 * (i % 1000), 10);
	assert_ok(open_list(&l));
	assert_ok(skip_list_find(l, 2, 0, &index, &error));
	assert_int_equal(index, 1000);
	assert_ok(skip_list_find(l, 2, 5001, &index, &error));
	assert_int_equal(index, 1501);
	assert_ok(skip_list_find(l, 4, 0, &index, &error));
	assert_int_equal(index, 3000);
	assert_ok(skip_list_start(&c, l, 2, 15, &error));
	for (uint64_t i = 2; i < 1000; i++) {
		assert_ok(skip_list_next(&c, &got, &error));
		assert_int_equal(got.offset, 10 * i);
	}
	assert_int_equal(skip_list_next(&c, &got, &error), RC_END);
	skip_list_close(l);
	skip_list_close(NULL);
}

static void
assert_refused(void)
{
	struct skip_list *l = NULL;

	assert_why(open_list(&l), RC_FATAL, error, WHY_TAMPERED);
	assert_null(l);
	assert_says(error, "merge-check");
	buf_cut(&list, 0);
}

static void
lists_that_nobody_wrote(void **state)
{
	struct skip_list *l = NULL;
	struct skip_list_info info = { .rows = 1 };

	(void)state;
	row(2, 5, 4);
	row(2, 2, 3);
	assert_refused(); /* not sorted */
	row(2, 2, 3);
	row(2, 2, 3);
	assert_refused(); /* twice */
	row(2, 2, 4);
	row(2, 5, 4);
	assert_refused(); /* they overlap */
	row(2, 2, 0);
	assert_refused();
	row(2, 2, 3);
	list.p[8] = '_';
	assert_refused();
	row(2, 2, 3);
	list.p[20] = 'x';
	assert_refused();
	row(2, 2, 3);
	buf_byte(&list, 'x');
	assert_refused(); /* longer than its rows */
	row(2, 2, 3);
	file_write(in(dir, "list"), buf_span(&list));
	memset(info.sha256, 'a', DIGEST_HEX - 1);
	assert_why(skip_list_open(AT_FDCWD, in(dir, "list"), &info, &l, &error),
	    RC_FATAL, error, WHY_TAMPERED);
	assert_why(skip_list_open(AT_FDCWD, in(dir, "no"), &info, &l, &error),
	    RC_FATAL, error, WHY_SYSTEM);
}

/* Lists that are sound but name rows that the segments do not have. */
static void
lists_of_another_staging(void **state)
{
	static const struct skip_list_row bad[] = { { 2, 1, 2 }, { 2, 2, 4 },
		{ 2, 20, 5 } };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		buf_cut(&list, 0);
		skip_list_put(&list, &bad[i]);
		assert_ok(use_list());
		assert_why(reader_scan(reader, 1, NULL, &error), RC_FATAL,
		    error, WHY_TAMPERED);
		assert_says(error, "no such row exists");
	}
	buf_cut(&list, 0);
	row(1, 0, 1);
	row(1, 1, 1);
	assert_why(use_list(), RC_FATAL, error, WHY_TAMPERED);
}

static void
a_list_that_changes_while_it_is_used(void **state)
{
	const struct reader_range range = { 1, 0, 20 };
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	row(2, 2, 3);
	assert_ok(use_list());
	assert_int_equal(truncate(in(dir, "list"), 5), 0);
	assert_why(reader_read(reader, &range, &out, &error), RC_FATAL, error,
	    WHY_TAMPERED);
	buf_reset(&out);
}

/* Each segment is of exactly one part, whatever the number of parts. */
static void
parts(void **state)
{
	size_t n = 0;

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		struct reader *r = NULL;
		assert_ok(reader_open(dir, &r, &error));
		reader_keep_part(r, i, 3);
		n += reader_count(r);
		assert_int_equal(reader_lines(r) == 0, reader_count(r) == 0);
		reader_close(r);
	}
	assert_int_equal(n, 2);
	row(2, 2, 3);
	reader_keep_part(reader, 0, 1);
	assert_ok(use_list());
	assert_int_equal(reader_count(reader), 2);
	assert_int_equal(reader_segment(reader, 1)->skipped, 1);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(rows_are_passed_over),
		T(all_rows_of_a_segment),
		T(runs_and_stretches),
		T(long_lists),
		T(lists_that_nobody_wrote),
		T(lists_of_another_staging),
		T(a_list_that_changes_while_it_is_used),
		T(parts),
	};

	return RUN(tests);
}
