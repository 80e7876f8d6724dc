/* SPDX-License-Identifier: Apache-2.0 */
/* The command reconcile: compares a workspace with the stagings. */
#ifndef TOOLS_LOAD_RECONCILE_H
#define TOOLS_LOAD_RECONCILE_H

#include "load/load.h"
#include "tools/load_config.h"
#include "tools/load_sources.h"
#include "util/buf.h"

/* Run the command; returns the exit status. Begins a JSON object in `json`; see
 * load_report_begin(). */
int load_reconcile(const struct options *o, const struct load_target *target,
    const struct load_sources *sources, struct buf *json, struct err *e);

#endif
