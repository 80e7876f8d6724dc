/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a description (see --help) and writes its events. */
#ifndef MKEVTX_DESCRIBE_H
#define MKEVTX_DESCRIBE_H

#include "draft.h"
#include "options.h"
#include "writer.h"

/* `odd_lines` are added to every event; may be empty. */
void describe_run(const struct options *o, struct draft *d, struct writer *w,
    const char *odd_lines);

#endif
