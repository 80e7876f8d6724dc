/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events by the number: rounds of a mix, each round shuffled anew, until the
 * count or the size is reached.
 */
#ifndef MKEVTX_MIX_H
#define MKEVTX_MIX_H

#include "draft.h"
#include "options.h"
#include "writer.h"

/* `odd_lines` are added to every `odd_every`-th event; may be empty. */
void mix_run(const struct options *o, struct draft *d, struct writer *w,
    const char *odd_lines);

#endif
