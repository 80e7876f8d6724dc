/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command show: where staged lines with a RecordKey came from, and the
 * record as both decoders read it again from the evidence.
 */
#ifndef TOOLS_STAGE_SHOW_H
#define TOOLS_STAGE_SHOW_H

#include "tools/stage_options.h"

/* Look for o->key in the stagings of o->inputs; prints, and gives the exit
 * status. */
int stage_show_run(const struct stage_options *o);

#endif
