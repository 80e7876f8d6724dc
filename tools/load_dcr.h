/* SPDX-License-Identifier: Apache-2.0 */
/* The command dcr: prints the template of a data collection rule. */
#ifndef TOOLS_LOAD_DCR_H
#define TOOLS_LOAD_DCR_H

#include "tools/load_config.h"

/* Print the template on standard output, and how to deploy it on standard
 * error. */
enum rc load_dcr(const struct options *o, struct err *e);

#endif
