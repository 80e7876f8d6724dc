/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command info: what logs hold, in one pass over all of their records and
 * without staging them. Bodies of records are not read where the checksums of
 * their chunk hold.
 */
#ifndef TOOLS_STAGE_INFO_H
#define TOOLS_STAGE_INFO_H

#include "tools/stage_report.h"

/* One source: a table on standard output, or on standard error where chunks had
 * that; with --json an object at the end of `list`, which is NULL without. */
void stage_info_source(const struct stage_options *o, struct cJSON *list,
    const struct sourceline *s, const struct census *logs);

/* What all of them have, behind them; with --json everything, as one object,
 * which owns the list from then on. */
enum rc stage_info(
    const struct stage_report *r, struct cJSON *list, struct err *e);

#endif
