/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports what is wrong with a source as a whole: it cannot be read, it is not
 * a log, it has bytes that are not chunks, or it is shorter than its header
 * says.
 */
#ifndef CONVERT_SOURCE_STATUS_H
#define CONVERT_SOURCE_STATUS_H

#include "convert/damage_report.h"
#include "convert/options.h"
#include "convert/pending_sources.h"

/* The objects that receive reports about sources; borrowed. */
struct source_status {
	const struct convert_options *o;
	struct damage_report *damage;
	struct writer *out;
};

/* Report that the source cannot be read, or not completely; e says why. The
 * first error of a source becomes the error in its line. RC_FATAL if memory is
 * exhausted; WHY_USAGE with require_all. */
enum rc source_status_fail(
    const struct source_status *st, struct pending_source *s, struct err *e);

/* Count a piece of a job in the results of its source. */
enum rc source_status_add_piece(const struct source_status *st,
    const struct job *j, const struct job_piece *p, struct err *e);

/* End a source that was read and whose jobs are all collected; only deferred
 * records can follow. Completed segments with its lines may then get their
 * final names. */
enum rc source_status_end(
    const struct source_status *st, struct pending_source *s, struct err *e);

#endif
