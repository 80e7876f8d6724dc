/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passes the lines of damage.ndjson to the writer. If one source has too many
 * of them, they are summed (convert/damage_summary.h).
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

/* Write the sums of the last source, when everything was read. *summed is set
 * to the number of lines of all sources that were summed instead of written. */
enum rc damage_report_end(
    struct damage_report *r, uint64_t *summed, struct err *e);

/* The summary, for checkpoints; owned by r. */
struct damage_summary *damage_report_summary(const struct damage_report *r);

#endif
