/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the segments of a staging, one after the other: the lines as they are,
 * or compressed (stage/frame_writer.h), and their digests. Used by
 * stage/writer.c.
 */
#ifndef STAGE_SEGMENT_WRITER_H
#define STAGE_SEGMENT_WRITER_H

#include <stdbool.h>

#include "stage/manifest.h"
#include "util/span.h"
#include "util/state_codec.h"

struct digest_thread;
struct segment_writer;

/* Level 0: plain segments; others are those of zstd, with so many threads.
 * Destroy takes NULL, and waits for what is being written. */
enum rc segment_writer_create(
    struct segment_writer **wp, int level, unsigned threads, struct err *e);
void segment_writer_destroy(struct segment_writer *w);

/* Start a segment in an empty file. The descriptor is owned from now on. *s,
 * which has the name, is borrowed until the segment has ended and receives what
 * the manifest says of it. */
enum rc segment_writer_begin(struct segment_writer *w, int fd,
    struct manifest_segment *s, struct err *e);
bool segment_writer_is_open(const struct segment_writer *w);

/* Append n whole lines. Their memory must not change before
 * segment_writer_wait() with the segment_writer_mark() of this moment. */
void segment_writer_add(
    struct segment_writer *w, struct span lines, uint64_t n);
uint64_t segment_writer_mark(const struct segment_writer *w);
enum rc segment_writer_wait(
    struct segment_writer *w, uint64_t mark, struct err *e);

/* The digest of the lines, for another one beside it. */
struct digest_thread *segment_writer_digest(const struct segment_writer *w);

/* End the segment; then wait until all that ended are on the disk. */
enum rc segment_writer_end(struct segment_writer *w, struct err *e);
enum rc segment_writer_sync(struct segment_writer *w, struct err *e);

/* Write what a checkpoint needs to continue the open segment, if there is one;
 * what it does not hold is on the disk then. Call it before the manifest
 * segments are written, which it brings up to date. */
enum rc segment_writer_write_state(
    struct segment_writer *w, struct state_writer *s, struct err *e);

/* Read that; true if a segment was open. */
bool segment_writer_read_state(
    struct segment_writer *w, struct state_reader *s);

/* Continue that segment in its file, after checking what is in it. Owns and
 * borrows as segment_writer_begin(). */
enum rc segment_writer_resume(struct segment_writer *w, int fd,
    struct manifest_segment *s, struct err *e);

#endif
