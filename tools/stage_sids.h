/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info --sids: the accounts that records name with their SIDs, as a file for
 * --accounts. A person has to look at it: whoever could write events could
 * name accounts in them.
 */
#ifndef TOOLS_STAGE_SIDS_H
#define TOOLS_STAGE_SIDS_H

#include <stdio.h>

#include "coverage/event_counts.h"
#include "util/err.h"

/* A line for each SID with the account that most records name, in the order of
 * the SIDs; its other accounts are comments behind it. The event_counts is
 * sorted. */
enum rc stage_sids(FILE *to, const struct event_counts *s, struct err *e);

#endif
