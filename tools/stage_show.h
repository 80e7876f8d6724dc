/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command show: prints the origin of rows with a RecordKey, and the record
 * as both decoders read it in the evidence.
 */
#ifndef TOOLS_STAGE_SHOW_H
#define TOOLS_STAGE_SHOW_H

#include "tools/stage_options.h"

/* Find o->key in the stagings of o->inputs; returns the exit status. */
int stage_show_run(struct stage_options *o);

#endif
