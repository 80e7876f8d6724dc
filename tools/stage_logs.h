/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables about logs for people: missing ids, cleared logs, clocks set back.
 */
#ifndef TOOLS_STAGE_LOGS_H
#define TOOLS_STAGE_LOGS_H

#include <stdio.h>

#include "coverage/coverage.h"

/* Print a row for each log of a source. */
void stage_logs_table(FILE *to, const struct coverage *c);

/* Print the totals of all logs of the run. */
void stage_logs_sum(FILE *to, const struct coverage *c);

#endif
