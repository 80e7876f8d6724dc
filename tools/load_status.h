/* SPDX-License-Identifier: Apache-2.0 */
/* evtxload status: what a checkpoint says, as text on standard output and as
 * an object of --json. */
#ifndef TOOLS_LOAD_STATUS_H
#define TOOLS_LOAD_STATUS_H

#include "load/status.h"
#include "tools/load_config.h"
#include "util/buf.h"

/* Returns the exit status. json gets an open object, see report_begin(). */
int load_status_show(const struct options *o, const struct load_target *target,
    struct buf *json, struct err *e);

#endif
