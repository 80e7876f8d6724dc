/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command sets: prints event sets, and explains why records are selected.
 *
 *   sets list            the built-in sets
 *   sets show SET        the channels and ids of a set or a file
 *   sets explain FILE    the result of all criteria for each record of a log
 *                        or of XML from Event Viewer or wevtutil
 */
#ifndef TOOLS_STAGE_SETS_H
#define TOOLS_STAGE_SETS_H

#include "tools/stage_options.h"

/* Run the command in o->inputs; returns the exit status. */
int stage_sets_run(const struct stage_options *o);

#endif
