/* SPDX-License-Identifier: Apache-2.0 */
/* What info --eids shows: event ids, computers and logons, largest first. */
#ifndef TOOLS_STAGE_EIDS_H
#define TOOLS_STAGE_EIDS_H

#include <stdio.h>

#include "coverage/event_counts.h"

/* Both take a sorted event_counts. */
void stage_eids_table(FILE *to, const struct event_counts *s);

/* Add `eids`, `computers` and `logons`, and `others`: how many records of each
 * are not in its list. */
struct cJSON;
void stage_eids_json(const struct event_counts *s, struct cJSON *object);

#endif
