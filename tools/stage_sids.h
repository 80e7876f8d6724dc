/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The output of info --sids: the accounts that records contain with their SIDs,
 * as a file for --accounts. It must be reviewed, since anyone who can write
 * events can put account names into them.
 */
#ifndef TOOLS_STAGE_SIDS_H
#define TOOLS_STAGE_SIDS_H

#include <stdio.h>

#include "coverage/event_counts.h"
#include "util/err.h"

/* Print one line for each SID with its most frequent account, in the order of
 * the SIDs; other accounts follow as comments. The counts must be sorted. */
enum rc stage_sids(FILE *to, const struct event_counts *s, struct err *e);

#endif
