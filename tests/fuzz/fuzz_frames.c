/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A compressed segment: the bytes of lines that its manifest says it has, as
 * eight bytes, then the file.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "stage/frame_reader.h"
#include "tests/fuzz/fuzz.h"
#include "util/le.h"
#include "util/zstd_frame.h"

#define CLAIM 8U
#define LINES_MAX ((size_t)64 << 20)

/* What is read frame by frame can be read as one range, too. */
static void
read_again(struct frame_reader *r, const struct buf *lines)
{
	struct buf again;
	struct err e;

	buf_init(&again, LINES_MAX);
	FUZZ_NEED(frame_reader_range(r, 0, lines->n, &again, &e) == RC_OK);
	FUZZ_NEED(span_eq(buf_span(&again), buf_span(lines)));
	if (lines->n > 1) {
		buf_cut(&again, 0);
		FUZZ_NEED(frame_reader_range(r, 1, lines->n - 1, &again, &e) ==
			  RC_OK);
		FUZZ_NEED(again.n == lines->n - 1 &&
			  memcmp(again.p, lines->p + 1, again.n) == 0);
	}
	buf_reset(&again);
}

/* All bytes of the file are of its frames or of the table, in order. */
static void
read_all(struct frame_reader *r, struct span file, uint64_t claimed)
{
	struct frame frame;
	struct buf lines;
	struct err e;
	size_t at = 0;
	enum rc rc;

	err_clear(&e);
	buf_init(&lines, LINES_MAX);
	while ((rc = frame_reader_next(r, &frame, &e)) == RC_OK) {
		FUZZ_NEED(frame.lines.n != 0 &&
			  frame.lines.n <= ZSTD_FRAME_CONTENT_MAX);
		FUZZ_NEED(
		    frame.bytes.n <= file.n - at &&
		    memcmp(frame.bytes.p, file.p + at, frame.bytes.n) == 0);
		at += frame.bytes.n;
		buf_put(&lines, frame.lines);
	}
	FUZZ_NEED(rc == RC_END || e.text[0] != '\0');
	if (rc == RC_END) {
		FUZZ_NEED(span_eq(frame.bytes, span_skip(file, at)));
		FUZZ_NEED(lines.full || lines.n == claimed);
	}
	if (rc == RC_END && !lines.full)
		read_again(r, &lines);
	buf_reset(&lines);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame_reader *r;
	struct err e;

	if (size < CLAIM)
		return 0;
	const struct span file = span_of(data + CLAIM, size - CLAIM);
	const uint64_t claimed = le_u64(data);
	const int fd = open(fuzz_file(0, file), O_RDONLY | O_CLOEXEC);
	const struct frame_table_file f = { fd, "the segment", file.n,
		claimed };
	FUZZ_NEED(fd != -1);
	err_clear(&e);
	if (frame_reader_open(&r, &f, &e) == RC_OK)
		read_all(r, file, claimed);
	else
		FUZZ_NEED(r == NULL && e.text[0] != '\0');
	frame_reader_close(r);
	(void)close(fd);
	return 0;
}
