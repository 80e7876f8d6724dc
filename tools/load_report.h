/* SPDX-License-Identifier: Apache-2.0 */
/* The reports of evtxload: text for people, a JSON object for programs. */
#ifndef TOOLS_LOAD_REPORT_H
#define TOOLS_LOAD_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "load/plan.h"
#include "load/probe.h"
#include "load/status.h"
#include "util/buf.h"

/* The first lines of a report. */
struct about {
	const char *target;
	const char *command; /* name of the command */
	int exit;
	const char *error; /* text of the error; NULL: there was no error */
};

/* Counts of the manifests: duplicate events that evtxstage removed, and rows
 * with the RecordKey of a different row. */
struct staged {
	uint64_t duplicate;
	uint64_t conflicts;
};

void load_report_staged_json(struct buf *out, const struct staged *s);
void load_report_staged_text(FILE *to, const struct staged *s);

/* Begin and end the JSON object. */
void load_report_begin(struct buf *out, const struct about *about);
void load_report_end(struct buf *out);

void load_report_push_json(struct buf *out, const struct load_report *r);
void load_report_push_text(FILE *to, const struct load_report *r, bool run);
void load_report_plan_json(struct buf *out, const struct load_plan *p);
void load_report_plan_text(FILE *to, const struct load_plan *p);
void load_report_batch_json(struct buf *out, const struct load_batch *b);
void load_report_probe_json(struct buf *out, const struct load_probe *p);
void load_report_probe_text(FILE *to, const struct load_probe *p);
void load_report_checkpoint_json(
    struct buf *out, const char *target, const char *file, const char *letters);
void load_report_reason_json(struct buf *out, const struct load_reason *r);
void load_report_reason_text(FILE *to, const struct load_reason *r);
void load_report_target_json(struct buf *out, const struct load_listed *one);
void load_report_refusal_json(struct buf *out, const struct load_refusal *r);

/* Format a duration: "1 h 2 min", "3.4 s". */
void load_report_time(char out[32], uint64_t ms);

#endif
