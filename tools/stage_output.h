/* SPDX-License-Identifier: Apache-2.0 */
/* Checks who else can write to the output directory. */
#ifndef TOOLS_STAGE_OUTPUT_H
#define TOOLS_STAGE_OUTPUT_H

#include <stdbool.h>

#include "util/err.h"

/* An existing directory must belong to the user who runs the program and must
 * not be writable by everybody, since others could replace rows during the run
 * (WHY_USAGE). *shared: its group can write to it. RC_OK if it does not exist.
 */
enum rc stage_output_check(const char *dir, bool *shared, struct err *e);

#endif
