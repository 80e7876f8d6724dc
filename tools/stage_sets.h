/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evtxstage sets: what there is in an event set, and why a record is or is not
 * selected.
 *
 *   sets list            the built-in sets
 *   sets show SET        one of them, or a file
 *   sets explain FILE    the records of a log, or of events as XML (as Event
 *                        Viewer and wevtutil give them), and what the criteria
 *                        of the other options say to each
 */
#ifndef TOOLS_STAGE_SETS_H
#define TOOLS_STAGE_SETS_H

#include "tools/stage_options.h"

/* Run the command of o->inputs; prints, and gives the exit status. */
int stage_sets_run(const struct stage_options *o);

#endif
