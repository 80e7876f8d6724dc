/* SPDX-License-Identifier: Apache-2.0 */
/* Who else can write to the output folder. */
#ifndef TOOLS_STAGE_OUTPUT_H
#define TOOLS_STAGE_OUTPUT_H

#include <stdbool.h>

#include "util/err.h"

/* An existing folder must belong to the user who runs the program and must not
 * be writable by everybody: otherwise somebody else could exchange rows while
 * they are written (WHY_USAGE). *shared: its group can write to it. A folder
 * that does not exist is RC_OK. */
enum rc stage_output_check(const char *dir, bool *shared, struct err *e);

#endif
