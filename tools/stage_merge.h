/* SPDX-License-Identifier: Apache-2.0 */
/* evtxstage merge-check: are the stagings of all shards there and whole? */
#ifndef TOOLS_STAGE_MERGE_H
#define TOOLS_STAGE_MERGE_H

#include "tools/stage_options.h"

/* Returns the exit status. */
int stage_merge_run(const struct stage_options *o);

#endif
