/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The output of the command info: what logs contain, without staging them. Only
 * the System part of records is read where the checksums of their chunk are
 * correct.
 */
#ifndef TOOLS_STAGE_INFO_H
#define TOOLS_STAGE_INFO_H

#include "tools/stage_report.h"

struct pages;

/* The sources as JSON, kept until all inputs are read; many of them are kept in
 * a temporary file. Initialize with zeros. */
struct stage_info_list {
	/* Folder in which the temporary file is created. */
	struct scratch *scratch;
	struct pages *texts;
	uint64_t n;     /* length of `texts` in bytes */
	struct err err; /* error of the first failure */
};

void stage_info_free(struct stage_info_list *list);

/* Print the table of a source; with --json add its object to the list. */
void stage_info_source(const struct stage_options *o,
    struct stage_info_list *list, const struct source_entry *s,
    const struct coverage *logs);

/* Print the totals; with --json everything, as one object. RC_FATAL also if a
 * source could not be added to the list. */
enum rc stage_info(
    const struct stage_report *r, struct stage_info_list *list, struct err *e);

#endif
