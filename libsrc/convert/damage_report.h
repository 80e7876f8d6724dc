/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of damage.ndjson on their way to the writer: what is too much of
 * one source is summed (convert/damage_summary.h).
 */
#ifndef CONVERT_DAMAGE_REPORT_H
#define CONVERT_DAMAGE_REPORT_H

#include "convert/damage_summary.h"
#include "stage/writer.h"

struct damage_report;

/* The writer is borrowed. */
enum rc damage_report_create(
    struct damage_report **rp, struct writer *out, struct err *e);
void damage_report_destroy(struct damage_report *r); /* takes NULL */

/* Add lines of damage_put() about the source with this number and name. */
enum rc damage_report_add(struct damage_report *r, uint64_t number,
    const char *name, struct span lines, struct err *e);

/* Everything is read: write what was summed. *summed: lines that were not
 * written, of all sources. */
enum rc damage_report_end(
    struct damage_report *r, uint64_t *summed, struct err *e);

/* For checkpoints; r's. */
struct damage_summary *damage_report_summary(const struct damage_report *r);

#endif
