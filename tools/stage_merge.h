/* SPDX-License-Identifier: Apache-2.0 */
/* The command merge-check: checks that the stagings of all shards are complete.
 */
#ifndef TOOLS_STAGE_MERGE_H
#define TOOLS_STAGE_MERGE_H

#include "tools/stage_options.h"

/* Run the command; returns the exit status. */
int stage_merge_run(const struct stage_options *o);

#endif
