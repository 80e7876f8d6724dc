/* SPDX-License-Identifier: Apache-2.0 */
/* What info --eids shows: event ids, computers and logons, largest first. */
#ifndef TOOLS_STAGE_EIDS_H
#define TOOLS_STAGE_EIDS_H

#include <stdio.h>

#include "convert/survey.h"

/* Both take a sorted survey. */
void stage_eids_table(FILE *to, const struct survey *s);

/* Add `eids`, `computers` and `logons`, and `others`: how many records of each
 * are not in its list. */
struct cJSON;
void stage_eids_json(const struct survey *s, struct cJSON *object);

#endif
