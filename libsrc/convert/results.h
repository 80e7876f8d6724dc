/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects the results of jobs, in their order. Passes lines and reports to the
 * writer, record counts to the sources, facts about logs to the coverage, and
 * records that are read at the end of the run to the store of deferred records.
 */
#ifndef CONVERT_RESULTS_H
#define CONVERT_RESULTS_H

#include "convert/chunk_report.h"
#include "convert/damage_report.h"
#include "convert/duplicate_records.h"
#include "convert/duplicate_sources.h"
#include "convert/options.h"
#include "convert/progress.h"
#include "convert/source_status.h"
#include "convert/sources.h"

/* The objects that receive the results of jobs; borrowed, except `chunks`. */
struct results {
	const struct convert_options *o;
	struct writer *out;
	struct sources *sources;
	struct source_status status;
	struct damage_report *damage;
	struct duplicate_records *duplicates;
	/* Sources read before; NULL: they are not searched for duplicates. */
	struct duplicate_sources *duplicate_sources;
	struct deferred_store *deferred;
	struct progress *progress;
	struct chunk_report chunks;
};

/* Find out if the small source of a job is a copy, and set its digest. For
 * struct dispatch_options, with a struct results as ctx. */
enum rc results_settle(void *results, struct job *j, bool *copy, struct err *e);

/* Collect the results of a job that has not failed. For struct
 * dispatch_options, with a struct results as ctx. */
enum rc results_collect(void *results, struct job *j, struct err *e);

#endif
