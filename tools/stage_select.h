/* SPDX-License-Identifier: Apache-2.0 */
/* The options of evtxstage that select records. */
#ifndef TOOLS_STAGE_SELECT_H
#define TOOLS_STAGE_SELECT_H

#include "tools/stage_options.h"

/* Compile the options into o->select, and set o->event_set to the event set
 * that is used. WHY_USAGE with a sentence on failure. */
enum rc stage_select_read(struct stage_options *o, struct err *e);

/* After a query was rejected: show the place of the error in it on standard
 * error. */
void stage_select_show(const struct select *s);

#endif
