/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evtxload reconcile: what a workspace must have, and whether it has it.
 */
#ifndef TOOLS_LOAD_RECONCILE_H
#define TOOLS_LOAD_RECONCILE_H

#include "load/load.h"
#include "tools/load_config.h"
#include "util/buf.h"

/* Returns the exit status; the report is begun in json. */
int load_reconcile(const struct options *o, const struct load_target *target,
    const struct load_staging *sources, struct buf *json, struct err *e);

#endif
