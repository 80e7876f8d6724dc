/* SPDX-License-Identifier: Apache-2.0 */
/* evtxload dcr: the template for what has to be made in Azure. */
#ifndef TOOLS_LOAD_DCR_H
#define TOOLS_LOAD_DCR_H

#include "tools/load_config.h"

/* Print it on standard output, and what to do with it on standard error. */
enum rc load_dcr(const struct options *o, struct err *e);

#endif
