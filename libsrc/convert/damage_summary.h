/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits the lines of one source in damage.ndjson. Of the lines with the same
 * kind, reason and `salvaged`, the first DAMAGE_SUMMARY_LINES are written as
 * they are; the others become one line when the source ends:
 *
 *   {"source":"...","kind":"record","chunk":n,"offset":n,"length":n,
 *    "reason":"...","salvaged":"...","count":n,"last_chunk":n,"last_offset":n}
 *
 * Its chunk and offset are those of the first line that it replaces, its length
 * is the sum of their lengths. After DAMAGE_SUMMARY_REASONS different reasons,
 * lines with other reasons are counted together as DAMAGE_SUMMARY_OTHERS. The
 * record counts of the source stay exact.
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

/* Set the source of the next lines. If the number is new, append the summed
 * lines of the previous source to `out`. */
enum rc damage_summary_source(struct damage_summary *d, uint64_t number,
    const char *name, struct buf *out, struct err *e);

/* Add lines from damage_put(). Those that are written as they are, are appended
 * to `out`; the others are summed. */
enum rc damage_summary_add(struct damage_summary *d, struct span lines,
    struct buf *out, struct err *e);

/* Append lines with the sums of the source to `out`, after the source has
 * ended. */
enum rc damage_summary_end(
    struct damage_summary *d, struct buf *out, struct err *e);

/* The number of lines of all sources that were summed instead of written. */
uint64_t damage_summary_count(const struct damage_summary *d);

/* Write the state to a checkpoint, and read it again. */
void damage_summary_write_state(
    const struct damage_summary *d, struct state_writer *w);
void damage_summary_read_state(
    struct damage_summary *d, struct state_reader *r);

#endif
