/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages about inputs on standard error. A collection can have a hundred
 * thousand bad files: beyond a maximum they are counted only, as sources.ndjson
 * and damage.ndjson in the staging directory have them all.
 */
#ifndef TOOLS_STAGE_MESSAGES_H
#define TOOLS_STAGE_MESSAGES_H

#include "tools/stage_options.h"

#define STAGE_MESSAGES_MAX 1000U

/* One message; `told` counts them. `name` is the source's, or NULL. All are
 * printed with --verbose, and where there is no staging directory. */
void stage_messages_say(const struct stage_options *o, uint64_t *told,
    const char *name, const char *text);

/* Say how many were not printed. */
void stage_messages_end(const struct stage_options *o, uint64_t told);

#endif
