/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder behind a writer: what is in it, whose it is, how to empty it.
 * Used by stage/writer.c only.
 */
#ifndef STAGE_FOLDER_H
#define STAGE_FOLDER_H

#include <stdbool.h>

#include "util/err.h"

struct folder {
	int dir;
	int state;
	int segments;
};

/* Create the folder `path` (0700) unless it is there. */
enum rc folder_make(const char *path, struct err *e);

/* Create or take over the staging folder `path` and empty it of what an
 * unfinished run left (or, with force, a finished one). Descriptors that were
 * opened are for folder_close() also on failure; start with all at -1. */
enum rc folder_open(
    struct folder *f, const char *path, bool force, struct err *e);
void folder_close(struct folder *f);

/* Remove the state folder: what it held has its names. */
enum rc folder_end_state(struct folder *f, struct err *e);

#endif
