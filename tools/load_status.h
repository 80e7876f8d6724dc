/* SPDX-License-Identifier: Apache-2.0 */
/* The command status: shows what a checkpoint contains. */
#ifndef TOOLS_LOAD_STATUS_H
#define TOOLS_LOAD_STATUS_H

#include "load/status.h"
#include "tools/load_config.h"
#include "util/buf.h"

/* Run the command; returns the exit status. Begins a JSON object in `json`; see
 * load_report_begin(). */
int load_status_show(const struct options *o, const struct load_target *target,
    struct buf *json, struct err *e);

#endif
