/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a compressed segment: frame by frame from its start, or a range of its
 * lines. Memory is bounded by the largest frame that is allowed, whatever the
 * file says. A failure names the file, the frame and its place.
 */
#ifndef STAGE_FRAME_READER_H
#define STAGE_FRAME_READER_H

#include "stage/frame_table.h"
#include "util/span.h"

struct frame_reader;

/* Read the table of the file. The descriptor and the name are borrowed. Errors
 * of frame_table_read(). Close takes NULL. */
enum rc frame_reader_open(struct frame_reader **rp,
    const struct frame_table_file *file, struct err *e);
void frame_reader_close(struct frame_reader *r);

/* The bytes of the file that hold the next frame, and its content, both valid
 * until the next call. At the end RC_END, with the bytes of the table. */
struct frame {
	struct span bytes;
	struct span lines;
};

enum rc frame_reader_next(
    struct frame_reader *r, struct frame *frame, struct err *e);

/* Append a range of the lines. The last frame is kept for the next range.
 * WHY_TAMPERED if they end before it does. */
enum rc frame_reader_range(struct frame_reader *r, uint64_t offset,
    uint64_t length, struct buf *out, struct err *e);

#endif
