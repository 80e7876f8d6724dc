/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compresses the lines of one segment after the other, in threads, into frames
 * that come out in order, with their table at the end (stage/frame_table.h).
 *
 * A frame has as many whole lines as fit into FRAME_WRITER_BYTES; only a longer
 * line is cut. Where frames end depends on nothing but the lines, so equal
 * lines give equal files, with any number of threads and after any number of
 * checkpoints. Calls come from one thread at a time.
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
	unsigned threads; /* 1: compress in the calls below */
	/* Receives the bytes of the file, in order, during the calls below. */
	enum rc (*put)(void *arg, struct span bytes, struct err *e);
	void *arg;
};

/* Destroy takes NULL. */
enum rc frame_writer_create(struct frame_writer **wp,
    const struct frame_writer_options *o, struct err *e);
void frame_writer_destroy(struct frame_writer *w);

/* Append lines or parts of lines; they are copied. */
enum rc frame_writer_add(
    struct frame_writer *w, struct span lines, struct err *e);

/* Put what is left and the table. More lines are of the next file. */
enum rc frame_writer_end(struct frame_writer *w, struct err *e);

/* Put all frames that have ended; then write what a checkpoint needs: the lines
 * after them, and the table. */
enum rc frame_writer_write_state(
    struct frame_writer *w, struct state_writer *s, struct err *e);
void frame_writer_read_state(struct frame_writer *w, struct state_reader *s);

#endif
