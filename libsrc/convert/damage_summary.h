/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounds what damage.ndjson has of one source. Of lines with the same kind and
 * reason the first DAMAGE_SUMMARY_LINES are written as they are; the others are
 * counted and become one line when the source ends:
 *
 *   {"source":"...","kind":"record","chunk":n,"offset":n,"length":n,
 *    "reason":"...","salvaged":"...","count":n,"last_chunk":n,"last_offset":n}
 *
 * Chunk and offset are those of the first of them, and length is the sum of
 * their lengths. Reasons beyond DAMAGE_SUMMARY_REASONS different ones are
 * counted together, as DAMAGE_SUMMARY_OTHERS. The account of the source is
 * exact all the same.
 */
#ifndef CONVERT_DAMAGE_SUMMARY_H
#define CONVERT_DAMAGE_SUMMARY_H

#include "convert/damage.h"
#include "util/err.h"
#include "util/state_codec.h"

#define DAMAGE_SUMMARY_LINES 1000U
#define DAMAGE_SUMMARY_REASONS 256U
#define DAMAGE_SUMMARY_OTHERS "reasons that differ from each other, summed"

struct damage_summary;

enum rc damage_summary_create(struct damage_summary **dp, struct err *e);
void damage_summary_destroy(struct damage_summary *d); /* takes NULL */

/* The next lines are about the source with this number. If that is a new one,
 * append the summed lines of the source before to `out`. */
enum rc damage_summary_source(struct damage_summary *d, uint64_t number,
    const char *name, struct buf *out, struct err *e);

/* Append those of the lines, which damage_put() has made, to `out` that are
 * written as they are. */
enum rc damage_summary_add(struct damage_summary *d, struct span lines,
    struct buf *out, struct err *e);

/* The source has ended: append its summed lines to `out`. */
enum rc damage_summary_end(
    struct damage_summary *d, struct buf *out, struct err *e);

/* Lines that were summed instead of written, of all sources that ended. */
uint64_t damage_summary_count(const struct damage_summary *d);

/* Checkpoints. */
void damage_summary_write_state(
    const struct damage_summary *d, struct state_writer *w);
void damage_summary_read_state(
    struct damage_summary *d, struct state_reader *r);

#endif
