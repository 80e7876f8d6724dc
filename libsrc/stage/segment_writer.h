/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the segments of a staging, one after the other, plain or compressed
 * (stage/frame_writer.h), and computes their digests. Used by stage/writer.c.
 */
#ifndef STAGE_SEGMENT_WRITER_H
#define STAGE_SEGMENT_WRITER_H

#include <stdbool.h>

#include "stage/manifest.h"
#include "util/span.h"
#include "util/state_codec.h"

struct digest_thread;
struct segment_writer;

/* Create a writer. Level 0 writes plain segments; other levels compress with
 * that zstd level in `threads` threads. segment_writer_destroy() waits until
 * all lines are written; it takes NULL. */
enum rc segment_writer_create(
    struct segment_writer **wp, int level, unsigned threads, struct err *e);
void segment_writer_destroy(struct segment_writer *w);

/* Start a segment in an empty file. The writer takes ownership of the
 * descriptor. s->name must be set. *s is borrowed until the segment has ended;
 * its other members are filled in by then. */
enum rc segment_writer_begin(struct segment_writer *w, int fd,
    struct manifest_segment *s, struct err *e);
bool segment_writer_is_open(const struct segment_writer *w);

/* Append n whole lines. Their memory must not change until
 * segment_writer_wait() has returned for the mark that segment_writer_mark()
 * returns after this call. */
void segment_writer_add(
    struct segment_writer *w, struct span lines, uint64_t n);
uint64_t segment_writer_mark(const struct segment_writer *w);
enum rc segment_writer_wait(
    struct segment_writer *w, uint64_t mark, struct err *e);

/* The digest of the lines, for digest_thread_options.beside. */
struct digest_thread *segment_writer_digest(const struct segment_writer *w);

/* segment_writer_end() ends the open segment. segment_writer_sync() waits until
 * all ended segments are on the disk. */
enum rc segment_writer_end(struct segment_writer *w, struct err *e);
enum rc segment_writer_sync(struct segment_writer *w, struct err *e);

/* Write the state that a checkpoint needs to continue the open segment, if one
 * is open. All other bytes of the segment are on the disk then. This also
 * updates the manifest segment, so the caller must write that one later. */
enum rc segment_writer_write_state(
    struct segment_writer *w, struct state_writer *s, struct err *e);

/* Read the state. True if a segment was open. */
bool segment_writer_read_state(
    struct segment_writer *w, struct state_reader *s);

/* Check the file of the segment that was open, and continue the segment. The
 * ownership of `fd` and *s is as for segment_writer_begin(). */
enum rc segment_writer_resume(struct segment_writer *w, int fd,
    struct manifest_segment *s, struct err *e);

#endif
