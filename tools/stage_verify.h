/* SPDX-License-Identifier: Apache-2.0 */
/* The command verify: checks finished stagings and their evidence. */
#ifndef TOOLS_STAGE_VERIFY_H
#define TOOLS_STAGE_VERIFY_H

#include "tools/stage_options.h"

/* Verify the stagings of o->inputs; returns the exit status. */
int stage_verify_run(struct stage_options *o);

#endif
