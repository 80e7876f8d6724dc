/* SPDX-License-Identifier: Apache-2.0 */
/* Compressed segments: where frames are cut, what comes back, and files that
 * lie about their frames. */
#include <fcntl.h>
#include <unistd.h>

#include "stage/frame_reader.h"
#include "stage/frame_writer.h"
#include "tests/unit/helper.h"
#include "util/le.h"
#include "util/zstd_frame.h"

#define FRAME FRAME_WRITER_BYTES
#define LINES_MAX (8 * FRAME)

static char dir[TEMP_MAX];
static struct err error;
static struct buf lines; /* of the test */
static struct buf file;  /* their segment */

static int
setup(void **state)
{
	(void)state;
	temp_make(dir);
	buf_init(&lines, LINES_MAX);
	buf_init(&file, LINES_MAX);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	temp_remove(dir);
	buf_reset(&lines);
	buf_reset(&file);
	return 0;
}

/* Add a line of n bytes with its LF, which compresses to about a quarter. */
static void
add_line(size_t n)
{
	uint8_t *const p = buf_room(&lines, n);

	assert_non_null(p);
	uint32_t bits = 0;
	for (size_t i = 0; i + 1 < n; i++) {
		if (i % 8 == 0)
			bits = dice(1U << 16);
		p[i] = (uint8_t)('a' + (bits & 3));
		bits >>= 2;
	}
	p[n - 1] = '\n';
	lines.n += n;
}

static enum rc
put(void *arg, struct span bytes, struct err *e)
{
	struct buf *const to = arg;

	(void)e;
	buf_put(to, bytes);
	assert_false(to->full);
	return RC_OK;
}

static struct frame_writer *
writer(unsigned threads, struct buf *to)
{
	const struct frame_writer_options o = {
		.level = 1, .threads = threads, .put = put, .arg = to
	};
	struct frame_writer *w;

	assert_ok(frame_writer_create(&w, &o, &error));
	return w;
}

/* Write all lines, `step` bytes at a time. */
static void
write_lines(struct frame_writer *w, struct span s, size_t step)
{
	while (s.n != 0) {
		const size_t n = s.n < step ? s.n : step;
		assert_ok(frame_writer_add(w, span_of(s.p, n), &error));
		s = span_skip(s, n);
	}
}

static void
make_file(unsigned threads, size_t step, struct buf *to)
{
	struct frame_writer *const w = writer(threads, to);

	write_lines(w, buf_span(&lines), step);
	assert_ok(frame_writer_end(w, &error));
	frame_writer_destroy(w);
}

/* Open `file` as a segment that is said to have so many bytes of lines. */
static enum rc
open_file(struct frame_reader **r, int *fd, uint64_t lines_bytes)
{
	file_write(in(dir, "segment"), buf_span(&file));
	*fd = open(in(dir, "segment"), O_RDONLY);
	assert_int_not_equal(*fd, -1);
	const struct frame_table_file f = { *fd, "the segment", file.n,
		lines_bytes };
	return frame_reader_open(r, &f, &error);
}

/* Read all frames into `got`, and note the sizes of their contents. */
static enum rc
read_all(struct buf *got, size_t sizes[16], uint64_t lines_bytes)
{
	struct frame_reader *r;
	struct frame frame;
	size_t n = 0;
	int fd;

	memset(sizes, 0, 16 * sizeof(*sizes));
	enum rc rc = open_file(&r, &fd, lines_bytes);
	while (rc == RC_OK &&
	       (rc = frame_reader_next(r, &frame, &error)) == RC_OK) {
		assert_true(n < 16);
		sizes[n++] = frame.lines.n;
		buf_put(got, frame.lines);
	}
	frame_reader_close(r);
	(void)close(fd);
	return rc == RC_END ? RC_OK : rc;
}

static void
assert_read_back(size_t sizes[16])
{
	struct buf got;

	buf_init(&got, LINES_MAX);
	assert_ok(read_all(&got, sizes, lines.n));
	assert_true(span_eq(buf_span(&got), buf_span(&lines)));
	buf_reset(&got);
}

/* --- where frames end ----------------------------------------------------- */

static void
a_frame_has_the_whole_lines_that_fit(void **state)
{
	size_t sizes[16];

	(void)state;
	add_line(FRAME - 10);
	add_line(10); /* fits exactly */
	add_line(FRAME - 10);
	add_line(11); /* one byte too long */
	make_file(1, 37, &file);
	assert_read_back(sizes);
	assert_int_equal(sizes[0], FRAME);
	assert_int_equal(sizes[1], FRAME - 10);
	assert_int_equal(sizes[2], 11);
	assert_int_equal(sizes[3], 0);
}

static void
only_a_line_that_no_frame_can_hold_is_cut(void **state)
{
	size_t sizes[16];

	(void)state;
	add_line(7);
	add_line(2 * FRAME + 5);
	add_line(8);
	add_line(FRAME);
	make_file(1, 37, &file);
	assert_read_back(sizes);
	assert_int_equal(sizes[0], 7);
	assert_int_equal(sizes[1], FRAME);
	assert_int_equal(sizes[2], FRAME);
	assert_int_equal(sizes[3], 13);
	assert_int_equal(sizes[4], FRAME);
	assert_int_equal(sizes[5], 0);
}

static void
no_lines_make_a_file_without_frames(void **state)
{
	size_t sizes[16];

	(void)state;
	make_file(1, 37, &file);
	assert_int_equal(file.n, FRAME_TABLE_AROUND);
	assert_read_back(sizes);
	assert_int_equal(sizes[0], 0);
}

/* Lines of many sizes around the sizes at which something is decided. */
static void
add_many_lines(void)
{
	while (lines.n < 3 * FRAME) {
		const size_t n = dice(20) == 0 ? 300000 : 700;
		add_line(2 + dice((uint32_t)n));
	}
	add_line(FRAME + 1);
	add_line(3);
}

static void
threads_and_pieces_make_no_difference(void **state)
{
	static const unsigned threads[] = { 1, 2, 5, 64 };
	static const size_t steps[] = { 13, 5000, FRAME, 3 * FRAME + 1 };
	size_t sizes[16];

	(void)state;
	add_many_lines();
	make_file(1, 900, &file);
	assert_read_back(sizes);
	for (size_t i = 0; i < COUNT(threads); i++) {
		struct buf other;
		buf_init(&other, LINES_MAX);
		make_file(threads[i], steps[i], &other);
		assert_true(span_eq(buf_span(&file), buf_span(&other)));
		buf_reset(&other);
	}
}

/* One writer writes several files; each has its own table. */
static void
the_next_file_starts_anew(void **state)
{
	struct buf both;

	(void)state;
	add_many_lines();
	make_file(3, 10000, &file);
	buf_init(&both, 2 * LINES_MAX);
	struct frame_writer *const w = writer(3, &both);
	for (int i = 0; i < 2; i++) {
		write_lines(w, buf_span(&lines), 10000);
		assert_ok(frame_writer_end(w, &error));
	}
	frame_writer_destroy(w);
	assert_int_equal(both.n, 2 * file.n);
	assert_memory_equal(both.p, file.p, file.n);
	assert_memory_equal(both.p + file.n, file.p, file.n);
	buf_reset(&both);
}

/* Write the first lines and a checkpoint, which ends what is put. */
static void
write_until(size_t at, struct buf *to, struct buf *text)
{
	struct frame_writer *const w = writer(2, to);
	struct state_writer s;

	write_lines(w, span_of(lines.p, at), 5000);
	state_codec_write_begin(&s, text);
	assert_ok(frame_writer_write_state(w, &s, &error));
	assert_ok(state_codec_write_end(&s, &error));
	frame_writer_destroy(w);
}

static void
a_checkpoint_anywhere_makes_no_difference(void **state)
{
	(void)state;
	add_many_lines();
	make_file(2, 5000, &file);
	for (size_t at = 1; at < lines.n; at += FRAME + 17) {
		struct state_reader s;
		struct buf text;
		struct buf got;
		buf_init(&text, 4 * FRAME);
		buf_init(&got, LINES_MAX);
		write_until(at, &got, &text);
		struct frame_writer *const w = writer(2, &got);
		assert_ok(state_codec_read_begin(
		    &s, buf_span(&text), "the checkpoint", &error));
		frame_writer_read_state(w, &s);
		assert_ok(state_codec_read_end(&s, &error));
		write_lines(w, span_of(lines.p + at, lines.n - at), 700);
		assert_ok(frame_writer_end(w, &error));
		frame_writer_destroy(w);
		assert_true(span_eq(buf_span(&got), buf_span(&file)));
		buf_reset(&text);
		buf_reset(&got);
	}
}

static enum rc
refuse(void *arg, struct span bytes, struct err *e)
{
	(void)arg;
	(void)bytes;
	return err_set(e, RC_RETRY, WHY_SYSTEM, "the disk is full");
}

static void
what_cannot_be_put_is_reported(void **state)
{
	const struct frame_writer_options o = {
		.level = 1, .threads = 2, .put = refuse
	};
	struct frame_writer *w;

	(void)state;
	add_line(100);
	assert_ok(frame_writer_create(&w, &o, &error));
	assert_ok(frame_writer_add(w, buf_span(&lines), &error));
	assert_why(frame_writer_end(w, &error), RC_RETRY, error, WHY_SYSTEM);
	frame_writer_destroy(w);
	frame_writer_destroy(NULL);
}

/* --- ranges --------------------------------------------------------------- */

static void
any_range_can_be_read(void **state)
{
	struct frame_reader *r;
	struct buf got;
	int fd;

	(void)state;
	add_many_lines();
	make_file(1, FRAME, &file);
	assert_ok(open_file(&r, &fd, lines.n));
	buf_init(&got, LINES_MAX);
	for (unsigned i = 0; i < 60; i++) {
		const uint64_t from = i == 0 ? 0 : dice((uint32_t)lines.n);
		const uint64_t n = i < 2 ? lines.n - from
					 : dice((uint32_t)(lines.n - from) + 1);
		buf_cut(&got, 0);
		assert_ok(frame_reader_range(r, from, n, &got, &error));
		assert_true(
		    span_eq(buf_span(&got), span_of(lines.p + from, n)));
	}
	assert_why(frame_reader_range(r, lines.n - 1, 2, &got, &error),
	    RC_FATAL, error, WHY_TAMPERED);
	assert_why(frame_reader_range(r, UINT64_MAX, 1, &got, &error), RC_FATAL,
	    error, WHY_TAMPERED);
	buf_reset(&got);
	frame_reader_close(r);
	(void)close(fd);
}

/* --- files that lie ------------------------------------------------------- */

static void
assert_refused(const char *part)
{
	size_t sizes[16];
	struct buf got;

	buf_init(&got, LINES_MAX);
	assert_why(
	    read_all(&got, sizes, lines.n), RC_FATAL, error, WHY_TAMPERED);
	assert_says(error, "the segment");
	assert_says(error, part);
	/* Nothing comes out that is not checked. */
	assert_true(got.n <= lines.n);
	assert_memory_equal(got.p == NULL ? lines.p : got.p, lines.p, got.n);
	buf_reset(&got);
}

/* A file of three frames. */
static void
make_three(void)
{
	for (int i = 0; i < 3; i++)
		add_line(FRAME);
	make_file(1, 37, &file);
}

static uint8_t *
entry(size_t i)
{
	return file.p + file.n - 9 - (3 - i) * FRAME_TABLE_ENTRY;
}

static void
a_file_cut_anywhere_is_refused(void **state)
{
	(void)state;
	make_three();
	const size_t whole = file.n;
	for (size_t n = 0; n < whole; n += n < whole - 50 ? 30011 : 1) {
		file.n = n;
		assert_refused("table of frames");
	}
}

static void
trailing_bytes_are_refused(void **state)
{
	(void)state;
	make_three();
	buf_byte(&file, 0);
	assert_refused("it is missing");
	/* In front of the table, between frames and before them. */
	file.n--;
	const size_t table = 3 * FRAME_TABLE_ENTRY + FRAME_TABLE_AROUND;
	memmove(file.p + file.n - table + 1, file.p + file.n - table, table);
	file.n++;
	assert_refused("the frames do not cover the whole file");
}

static void
a_wrong_table_is_refused(void **state)
{
	(void)state;
	make_three();
	uint8_t *const end = file.p + file.n;
	end[-5] = 0x80; /* checksums, which this table does not have */
	assert_refused("has checksums or too many frames");
	end[-5] = 0;
	le_put(end - 9, UINT32_MAX, 4);
	assert_refused("has checksums or too many frames");
	le_put(end - 9, FRAME_TABLE_MAX, 4);
	assert_refused("frame");
	le_put(end - 9, 2, 4);
	assert_refused("the header of its frame is not valid");
	le_put(end - 9, 3, 4);
	le_put(entry(1), le_u32(entry(1)) + 1, 4);
	assert_refused("do not cover the whole file");
	le_put(entry(0), le_u32(entry(0)) - 1, 4);
	assert_refused("frame 1 at byte 0: it is cut short");
	le_put(entry(0), le_u32(entry(0)) + 1, 4);
	le_put(entry(1), le_u32(entry(1)) - 1, 4);
	le_put(entry(0) + 4, FRAME - 1, 4);
	assert_refused("size of all lines");
	le_put(entry(1) + 4, FRAME + 1, 4);
	assert_refused("frame 1 at byte 0: it says that it has 1048576 bytes");
	le_put(entry(0) + 4, 0, 4);
	assert_refused("the sizes in the table of frames are not valid");
	le_put(entry(0) + 4, UINT32_MAX, 4);
	assert_refused("the sizes in the table of frames are not valid");
}

/* Some bits of a frame mean nothing; the digest of the file covers them. */
static void
a_changed_byte_never_changes_lines(void **state)
{
	unsigned refused = 0;
	unsigned all = 0;

	(void)state;
	make_three();
	for (size_t i = 0; i < file.n; i += i < 40 ? 1 : 29989) {
		size_t sizes[16];
		struct buf got;
		buf_init(&got, LINES_MAX);
		file.p[i] ^= 1;
		if (read_all(&got, sizes, lines.n) == RC_OK)
			assert_true(span_eq(buf_span(&got), buf_span(&lines)));
		else
			refused++;
		all++;
		file.p[i] ^= 1;
		buf_reset(&got);
	}
	assert_true(refused >= all - 2);
}

static void
a_frame_of_another_size_is_refused(void **state)
{
	(void)state;
	make_three();
	/* The second frame is said to begin where the first one ends, less the
	 * bytes that are said to be of the first. */
	const uint32_t first = le_u32(entry(0));
	le_put(entry(0), first + 10, 4);
	le_put(entry(1), le_u32(entry(1)) - 10, 4);
	assert_refused("frame 1 at byte 0: it ends 10 bytes before the next");
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_frame_has_the_whole_lines_that_fit),
		TEST(only_a_line_that_no_frame_can_hold_is_cut),
		TEST(no_lines_make_a_file_without_frames),
		TEST(threads_and_pieces_make_no_difference),
		TEST(the_next_file_starts_anew),
		TEST(a_checkpoint_anywhere_makes_no_difference),
		TEST(what_cannot_be_put_is_reported),
		TEST(any_range_can_be_read),
		TEST(a_file_cut_anywhere_is_refused),
		TEST(trailing_bytes_are_refused),
		TEST(a_wrong_table_is_refused),
		TEST(a_changed_byte_never_changes_lines),
		TEST(a_frame_of_another_size_is_refused),
	};

	return RUN(tests);
}
