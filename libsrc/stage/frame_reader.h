/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a compressed segment: frame by frame from its start, or a range of its
 * lines. Memory is bounded by the largest frame that is allowed, also for a
 * file with larger sizes in its table. Messages contain the file, the frame and
 * its offset.
 */
#ifndef STAGE_FRAME_READER_H
#define STAGE_FRAME_READER_H

#include "stage/frame_table.h"
#include "util/span.h"

struct frame_reader;

/* Read the table of the file. The descriptor and the name are borrowed. Fails
 * as frame_table_read() does. frame_reader_close() takes NULL. */
enum rc frame_reader_open(struct frame_reader **rp,
    const struct frame_table_file *file, struct err *e);
void frame_reader_close(struct frame_reader *r);

/* A frame; the spans are valid until the next call. */
struct frame {
	struct span bytes; /* bytes of the frame in the file */
	struct span lines; /* decompressed content of the frame */
};

/* Read the next frame. RC_END after the last one; frame->bytes are the bytes of
 * the table then. */
enum rc frame_reader_next(
    struct frame_reader *r, struct frame *frame, struct err *e);

/* Append a range of the lines. The last frame stays in memory for the next
 * range. WHY_TAMPERED: the lines end before the end of the range. */
enum rc frame_reader_range(struct frame_reader *r, uint64_t offset,
    uint64_t length, struct buf *out, struct err *e);

#endif
