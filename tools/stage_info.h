/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command info: what logs hold, in one pass over all of their records and
 * without staging them. Bodies of records are not read where the checksums of
 * their chunk hold.
 */
#ifndef TOOLS_STAGE_INFO_H
#define TOOLS_STAGE_INFO_H

#include "tools/stage_report.h"

struct pages;

/* The sources as JSON, until everything is read; they are in a temporary file
 * when there are many. Start with zeros. */
struct stage_info_list {
	struct scratch *scratch; /* where texts go beyond what memory holds */
	struct pages *texts;
	uint64_t n;     /* bytes of them */
	struct err err; /* of the first failure */
};

void stage_info_free(struct stage_info_list *list);

/* One source: a table on standard output, or on standard error where chunks had
 * that; with --json an object at the end of the list. */
void stage_info_source(const struct stage_options *o,
    struct stage_info_list *list, const struct source_entry *s,
    const struct coverage *logs);

/* What all of them have, behind them; with --json everything, as one object.
 * RC_FATAL also if a source could not be listed. */
enum rc stage_info(
    const struct stage_report *r, struct stage_info_list *list, struct err *e);

#endif
