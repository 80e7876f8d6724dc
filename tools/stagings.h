/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The finished stagings that `verify` and `show` open, and the source files
 * that they were made from.
 */
#ifndef TOOLS_STAGINGS_H
#define TOOLS_STAGINGS_H

#include "input/spool.h"
#include "stage/reader.h"
#include "tools/stage_options.h"
#include "util/scratch.h"

/* The stagings that could be opened, and the paths that may be opened in the
 * sandbox: the folders of the stagings and the files of their sources. If there
 * are more than STAGINGS_FILES_MAX files, the folders that contain them are
 * used instead. */
#define STAGINGS_FILES_MAX ((size_t)1000)

enum stagings_kind { STAGINGS_RELATIVE, STAGINGS_ABSOLUTE, STAGINGS_KINDS };

struct stagings {
	const struct stage_options *o;
	/* Key for signatures; NULL: signatures are not checked. */
	const struct sign_key *key;
	struct reader **readers;
	/* For each staging: true if the signature of its collection is valid.
	 */
	bool *proven;
	size_t n;
	char **paths;
	size_t n_paths;
	size_t cap_paths;
	size_t n_files; /* number of files that `paths` contains */
	bool many;      /* there are more than STAGINGS_FILES_MAX files */
	/* Common folder of all files of a kind; NULL: they have none. */
	char *common[STAGINGS_KINDS];
	/* Folder in which all temporary files are created. */
	struct scratch scratch;
	bool packed;   /* some sources of the stagings are in archives */
	bool archives; /* some files of sources may be archives */
};

/* Open the stagings of o->inputs and of the collections among them
 * (shards/collection.h), and enter the sandbox. A staging that cannot be
 * opened, or differs from the one in its collection, is reported and makes the
 * status worse; so does, for verify, a skip list that was changed. The caller
 * sets s->key before the call. Libraries that the sources need are loaded into
 * o->in. */
enum rc stagings_open(
    struct stagings *s, struct stage_options *o, int *status, struct err *e);
void stagings_free(struct stagings *s);

/* The place for temporary copies of archives. */
struct spool stagings_spool(struct stagings *s);

#endif
