/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with a source as a whole: it cannot be read, it is not a log,
 * it has bytes that are not chunks, or it is shorter than its header says.
 */
#ifndef CONVERT_SOURCE_STATUS_H
#define CONVERT_SOURCE_STATUS_H

#include "convert/damage_report.h"
#include "convert/options.h"
#include "convert/pending_sources.h"

/* Where it is reported; borrowed. */
struct source_status {
	const struct convert_options *o;
	struct damage_report *damage;
	struct writer *out;
};

/* The source cannot be read, or not whole; e says why. The first error of a
 * source becomes that of its line. RC_FATAL without memory, and WHY_USAGE with
 * require_all. */
enum rc source_status_fail(
    const struct source_status *st, struct pending_source *s, struct err *e);

/* Count a piece of a job that is done. */
enum rc source_status_add_piece(const struct source_status *st,
    const struct job *j, const struct job_piece *p, struct err *e);

/* The source is read and all of its jobs are collected: only deferred records
 * can follow. Segments that hold its lines may get their names. */
enum rc source_status_end(
    const struct source_status *st, struct pending_source *s, struct err *e);

#endif
