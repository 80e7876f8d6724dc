/* SPDX-License-Identifier: Apache-2.0 */
/* The options --dedupe and --dedupe-memory. */
#ifndef TOOLS_STAGE_DEDUPE_H
#define TOOLS_STAGE_DEDUPE_H

#include "tools/stage_options.h"

/* What they mean, once the schema, the output and the options of lines are
 * known. WHY_USAGE says what is wrong. */
enum rc stage_dedupe_read(struct stage_options *o, struct err *e);

/* Whether records that were staged before are not recognized: their lines are
 * added to, and have no keys. */
bool stage_dedupe_forgets(const struct stage_options *o);

/* How --dedupe is called in the manifest. */
const char *stage_dedupe_name(enum dedupe how);

#endif
