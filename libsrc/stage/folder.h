/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder behind a writer: what is in it, whose it is, how to empty it.
 * Used by stage/writer.c only.
 */
#ifndef STAGE_FOLDER_H
#define STAGE_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

struct folder {
	int dir;
	int state;
	int segments;
};

/* Create the folder `path` (0700) unless it is there. */
enum rc folder_make(const char *path, struct err *e);

/* The file of state/ that says how far an unfinished run came. */
#define FOLDER_CHECKPOINT "checkpoint"

/* Reports beside the segments: stage/report.h. */
#define FOLDER_DAMAGE "damage.ndjson"
#define FOLDER_CHUNKS "chunks.ndjson"
#define FOLDER_SOURCES "sources.ndjson"
#define FOLDER_LOGS "logs.ndjson"

/* The logs of a directory that is being added to, until it is finished. */
#define FOLDER_LOGS_BEFORE "logs.before"

/* Create or take over the staging folder `path`: it is locked, and everything
 * in it is ours. WHY_EXISTS for a finished one unless that is wanted, with
 * force or to add to it. Descriptors that
 * were opened are for folder_close() also on failure; start with all at -1. */
enum rc folder_open(
    struct folder *f, const char *path, bool finished, struct err *e);
void folder_close(struct folder *f);

/* Whether an unfinished run left a checkpoint. */
bool folder_has_checkpoint(const struct folder *f);

/* The signature of the manifest, 64 bytes; it is not there any more. */
#define FOLDER_SIGNATURE "manifest.json.sig"
enum rc folder_unsign(const struct folder *f, struct err *e);

/* There is no checkpoint any more. */
enum rc folder_forget_checkpoint(const struct folder *f, struct err *e);

/* Remove what a run left, unfinished or not: a new one starts. */
enum rc folder_empty(struct folder *f, const char *path, struct err *e);

/* Remove what an unfinished run left that added to a finished directory, which
 * has n segments; the reports that it had are in their places again. */
enum rc folder_empty_added(const struct folder *f, uint64_t n, struct err *e);

/* A file of an unfinished run that may have got its place in `dirfd` since;
 * `added`: what has the place may be what was there before the run. */
struct folder_place {
	int dirfd;
	const char *name;
	bool added;
};

/* It is in state/ again, and open for writing. */
enum rc folder_take_back(const struct folder *f,
    const struct folder_place *place, int *fd, struct err *e);

/* logs.ndjson is replaced when a directory was added to: keep the one that its
 * manifest names, in state/, until there is another manifest. */
enum rc folder_keep_logs(const struct folder *f, struct err *e);

/* Remove the segments with a number above n. */
enum rc folder_drop_above(const struct folder *f, uint64_t n, struct err *e);

/* It stays as it was: what folder_open() made is empty, and goes. */
void folder_refused(const struct folder *f);

/* Remove the state folder: what it held has its names. */
enum rc folder_end_state(struct folder *f, struct err *e);

#endif
