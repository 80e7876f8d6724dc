/* SPDX-License-Identifier: Apache-2.0 */
/* The summary of a run, as text for people and JSON for scripts. */
#ifndef TOOLS_STAGE_REPORT_H
#define TOOLS_STAGE_REPORT_H

#include <stdio.h>

#include "tools/stage_options.h"

struct stage_report {
	const struct stage_options *o;
	const struct manifest *m;
	const struct coverage *coverage;
	int status;        /* exit status of the program */
	const char *error; /* why the run ended early; NULL: it was complete */
	double seconds;
	bool already; /* the same command had finished before */
	/* Counts of info --eids and --sids; NULL: neither was given. */
	struct event_counts *event_counts;
};

/* Report a bad source, or with --verbose any source, on standard error. */
void stage_report_source(
    const struct stage_options *o, const struct source_entry *s);

/* Print the summary on standard error. */
void stage_report_text(const struct stage_report *r);

/* Print the summary as a JSON object on standard output, or on standard error
 * with -o -. */
enum rc stage_report_json(const struct stage_report *r, struct err *e);

/* Report why the program, or a part of its work, ended without a report of its
 * own: the reason on standard error and, with --json, an object with `exit` and
 * `error`. Returns the exit status. */
int stage_report_failure(const struct stage_options *o, const struct err *e);

/* Print an object on one line, and free it. */
struct cJSON;
enum rc stage_report_put(struct cJSON *o, FILE *to, struct err *e);

#endif
