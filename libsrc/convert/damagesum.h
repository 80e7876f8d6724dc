/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounds what damage.ndjson has of one source. Of lines with the same kind and
 * reason the first DAMAGESUM_LINES are written as they are; the others are
 * counted and become one line when the source ends:
 *
 *   {"source":"...","kind":"record","chunk":n,"offset":n,"length":n,
 *    "reason":"...","salvaged":"...","count":n,"last_chunk":n,"last_offset":n}
 *
 * Chunk and offset are those of the first of them, and length is the sum of
 * their lengths. Reasons beyond DAMAGESUM_REASONS different ones are counted
 * together, as DAMAGESUM_OTHERS. The account of the source is exact all the
 * same.
 */
#ifndef CONVERT_DAMAGESUM_H
#define CONVERT_DAMAGESUM_H

#include "convert/damage.h"
#include "util/err.h"
#include "util/save.h"

#define DAMAGESUM_LINES 1000U
#define DAMAGESUM_REASONS 256U
#define DAMAGESUM_OTHERS "reasons that differ from each other, summed"

struct damagesum;

enum rc damagesum_create(struct damagesum **dp, struct err *e);
void damagesum_destroy(struct damagesum *d); /* takes NULL */

/* What comes next is of the source with this number. If that is another one,
 * append the summed lines of the one before to `out`. */
enum rc damagesum_source(struct damagesum *d, uint64_t number, const char *name,
    struct buf *out, struct err *e);

/* Append those lines to `out` that are written; `lines` is of damage_put(). */
enum rc damagesum_add(
    struct damagesum *d, struct span lines, struct buf *out, struct err *e);

/* The source has ended: append its summed lines to `out`. */
enum rc damagesum_end(struct damagesum *d, struct buf *out, struct err *e);

/* How many lines were not written but summed, of all sources that ended. */
uint64_t damagesum_count(const struct damagesum *d);

/* A checkpoint. */
enum rc damagesum_save(struct damagesum *d, struct save *s, struct err *e);

#endif
