/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages about inputs on standard error. A collection can have a hundred
 * thousand bad files, so messages beyond a maximum are only counted;
 * sources.ndjson and damage.ndjson contain them all.
 */
#ifndef TOOLS_STAGE_MESSAGES_H
#define TOOLS_STAGE_MESSAGES_H

#include "tools/stage_options.h"

#define STAGE_MESSAGES_MAX 1000U

/* Print a message about the source `name`, which may be NULL, and count the
 * message in *told. With --verbose, or without a staging directory, all
 * messages are printed. */
void stage_messages_say(const struct stage_options *o, uint64_t *told,
    const char *name, const char *text);

/* Report how many messages were not printed. */
void stage_messages_end(const struct stage_options *o, uint64_t told);

#endif
