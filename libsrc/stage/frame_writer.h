/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compresses the lines of segments in threads, one segment after the other. The
 * result is a sequence of frames in the order of the lines, followed by the
 * table of frames (stage/frame_table.h).
 *
 * A frame contains as many whole lines as fit into FRAME_WRITER_BYTES; only a
 * longer line is split. The ends of frames depend only on the lines, so equal
 * lines give equal files for any number of threads and checkpoints. Only one
 * thread at a time may make calls.
 */
#ifndef STAGE_FRAME_WRITER_H
#define STAGE_FRAME_WRITER_H

#include "util/err.h"
#include "util/span.h"
#include "util/state_codec.h"

#define FRAME_WRITER_BYTES ((size_t)1 << 20)

struct frame_writer;

struct frame_writer_options {
	int level;
	/* Number of compressing threads; with 1, the caller compresses. */
	unsigned threads;
	/* Called with the bytes of the file, in order, by the functions below.
	 */
	enum rc (*put)(void *arg, struct span bytes, struct err *e);
	void *arg;
};

/* frame_writer_destroy() takes NULL. */
enum rc frame_writer_create(struct frame_writer **wp,
    const struct frame_writer_options *o, struct err *e);
void frame_writer_destroy(struct frame_writer *w);

/* Append lines or parts of lines; they are copied. */
enum rc frame_writer_add(
    struct frame_writer *w, struct span lines, struct err *e);

/* Write the last frames and the table. Lines that are added later belong to the
 * next file. */
enum rc frame_writer_end(struct frame_writer *w, struct err *e);

/* Write all frames that have ended to the file, then write the state for a
 * checkpoint: the lines after these frames, and the table. */
enum rc frame_writer_write_state(
    struct frame_writer *w, struct state_writer *s, struct err *e);
void frame_writer_read_state(struct frame_writer *w, struct state_reader *s);

#endif
