/* SPDX-License-Identifier: Apache-2.0 */
/* The output of info --eids: event ids, computers and logons by count. */
#ifndef TOOLS_STAGE_EIDS_H
#define TOOLS_STAGE_EIDS_H

#include <stdio.h>

#include "coverage/event_counts.h"

/* Print the tables of sorted counts. */
void stage_eids_table(FILE *to, const struct event_counts *s);

/* Add the members `eids`, `computers` and `logons` of sorted counts, and
 * `others`: the number of records that each list omits. */
struct cJSON;
void stage_eids_json(const struct event_counts *s, struct cJSON *object);

#endif
