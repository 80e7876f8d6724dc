/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finished stagings that a command looks at together with their evidence: the
 * commands verify and show.
 */
#ifndef TOOLS_STAGINGS_H
#define TOOLS_STAGINGS_H

#include "input/spool.h"
#include "stage/reader.h"
#include "tools/stage_options.h"
#include "util/scratch.h"

/* Those that could be opened, and what may be opened inside the sandbox: their
 * folders and the files that their sources were in. Of more than
 * STAGINGS_FILES_MAX files it is the folders that they have in common. */
#define STAGINGS_FILES_MAX ((size_t)1000)

enum stagings_kind { STAGINGS_RELATIVE, STAGINGS_ABSOLUTE, STAGINGS_KINDS };

struct stagings {
	const struct stage_options *o;
	struct reader **readers;
	size_t n;
	char **paths;
	size_t n_paths;
	size_t cap_paths;
	size_t n_files;               /* of the paths; the last ones */
	bool many;                    /* there were too many files */
	char *common[STAGINGS_KINDS]; /* their folders, or NULL */
	struct scratch scratch;       /* of all temporary files */
	bool packed;                  /* sources are in archives */
};

/* Open those that o->inputs names, and enter the sandbox. What is wrong with
 * one is said, and makes the status worse. */
enum rc stagings_open(struct stagings *s, const struct stage_options *o,
    int *status, struct err *e);
void stagings_free(struct stagings *s);

/* Where copies of what is in archives go. */
struct spool stagings_spool(struct stagings *s);

#endif
