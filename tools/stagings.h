/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finished stagings that a command looks at together with their evidence: the
 * commands verify and show.
 */
#ifndef TOOLS_STAGINGS_H
#define TOOLS_STAGINGS_H

#include "input/evidence.h"
#include "stage/reader.h"
#include "tools/stage_options.h"

/* Those that could be opened, and what may be opened inside the sandbox: their
 * folders and the files that their sources were in. */
struct stagings {
	struct reader **readers;
	size_t n;
	char **paths;
	size_t n_paths;
	size_t cap_paths;
};

/* Open those that o->inputs names, and enter the sandbox. What is wrong with
 * one is said, and makes the status worse. */
enum rc stagings_open(struct stagings *s, const struct stage_options *o,
    int *status, struct err *e);
void stagings_free(struct stagings *s);

/* Where copies of what is in archives go. */
struct nested_spool stagings_spool(const struct stage_options *o);

#endif
