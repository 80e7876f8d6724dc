/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the records say of their logs, as a table for people: ids that are
 * missing, logs that were cleared, clocks that went back.
 */
#ifndef TOOLS_STAGE_LOGS_H
#define TOOLS_STAGE_LOGS_H

#include <stdio.h>

#include "coverage/coverage.h"

/* Each log of a source. */
void stage_logs_table(FILE *to, const struct coverage *c);

/* All logs of the run in a few rows. */
void stage_logs_sum(FILE *to, const struct coverage *c);

#endif
