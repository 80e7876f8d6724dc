/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What evtxload says at its end: text for people, one JSON object for
 * programs.
 */
#ifndef TOOLS_LOAD_REPORT_H
#define TOOLS_LOAD_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "load/plan.h"
#include "load/probe.h"
#include "load/status.h"
#include "util/buf.h"

/* What the whole is about, for both forms. */
struct about {
	const char *target;
	const char *command; /* push, plan, status */
	int exit;
	const char *error; /* NULL: none */
};

/* Records that stagings do not have because they came more than once, and rows
 * that they have although another row has the same key. */
struct staged {
	uint64_t duplicate;
	uint64_t conflicts;
};

void report_staged_json(struct buf *out, const struct staged *s);
void report_staged_text(FILE *to, const struct staged *s);

/* One open JSON object; report_end() closes it. */
void report_begin(struct buf *out, const struct about *about);
void report_end(struct buf *out);

void report_push_json(struct buf *out, const struct load_report *r);
void report_push_text(FILE *to, const struct load_report *r, bool run);
void report_plan_json(struct buf *out, const struct load_plan *p);
void report_plan_text(FILE *to, const struct load_plan *p);
void report_batch_json(struct buf *out, const struct load_batch *b);
void report_probe_json(struct buf *out, const struct load_probe *p);
void report_probe_text(FILE *to, const struct load_probe *p);
void report_checkpoint_json(
    struct buf *out, const char *target, const char *file, const char *letters);
void report_reason_json(struct buf *out, const struct load_reason *r);
void report_reason_text(FILE *to, const struct load_reason *r);
void report_target_json(struct buf *out, const struct load_listed *one);
void report_refusal_json(struct buf *out, const struct load_refusal *r);

/* "1 h 2 min", "3.4 s" */
void report_time(char out[32], uint64_t ms);

#endif
