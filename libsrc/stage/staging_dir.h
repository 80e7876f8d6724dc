/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder behind a writer: what is in it, whose it is, how to empty it.
 * Used by stage/writer.c only.
 */
#ifndef STAGE_STAGING_DIR_H
#define STAGE_STAGING_DIR_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

struct staging_dir {
	int dir;
	int state;
	int segments;
};

/* Create the folder `path` (0700) unless it is there. */
enum rc staging_dir_make(const char *path, struct err *e);

/* The file of state/ that says how far an unfinished run came. */
#define STAGING_DIR_CHECKPOINT "checkpoint"

/* Reports beside the segments: stage/sidecar_writer.h. */
#define STAGING_DIR_DAMAGE "damage.ndjson"
#define STAGING_DIR_CHUNKS "chunks.ndjson"
#define STAGING_DIR_SOURCES "sources.ndjson"
#define STAGING_DIR_LOGS "logs.ndjson"

/* The logs of a directory that is being added to, until it is finished. */
#define STAGING_DIR_LOGS_BEFORE "logs.before"

/* Create or take over the staging folder `path`: it is locked, and everything
 * in it is ours. WHY_EXISTS for a finished one unless that is wanted, with
 * force or to add to it. Descriptors that
 * were opened are for staging_dir_close() also on failure; start with all at
 * -1. */
enum rc staging_dir_open(
    struct staging_dir *f, const char *path, bool finished, struct err *e);
void staging_dir_close(struct staging_dir *f);

/* Whether an unfinished run left a checkpoint. */
bool staging_dir_has_checkpoint(const struct staging_dir *f);

/* The signature of the manifest, 64 bytes; it is not there any more. */
#define STAGING_DIR_SIGNATURE "manifest.json.sig"
enum rc staging_dir_unsign(const struct staging_dir *f, struct err *e);

/* There is no checkpoint any more. */
enum rc staging_dir_forget_checkpoint(
    const struct staging_dir *f, struct err *e);

/* Remove what a run left, unfinished or not: a new one starts. */
enum rc staging_dir_empty(
    struct staging_dir *f, const char *path, struct err *e);

/* Remove what an unfinished run left that added to a finished directory, which
 * has n segments; the reports that it had are in their places again. */
enum rc staging_dir_empty_added(
    const struct staging_dir *f, uint64_t n, struct err *e);

/* A file of an unfinished run that may have got its place in `dirfd` since;
 * `added`: what has the place may be what was there before the run. */
struct staging_dir_place {
	int dirfd;
	const char *name;
	bool added;
};

/* It is in state/ again, and open for writing. */
enum rc staging_dir_take_back(const struct staging_dir *f,
    const struct staging_dir_place *place, int *fd, struct err *e);

/* logs.ndjson is replaced when a directory was added to: keep the one that its
 * manifest names, in state/, until there is another manifest. */
enum rc staging_dir_keep_logs(const struct staging_dir *f, struct err *e);

/* Remove the segments with a number above n. */
enum rc staging_dir_drop_above(
    const struct staging_dir *f, uint64_t n, struct err *e);

/* It stays as it was: what staging_dir_open() made is empty, and goes. */
void staging_dir_refused(const struct staging_dir *f);

/* Remove the state folder: what it held has its names. */
enum rc staging_dir_end_state(struct staging_dir *f, struct err *e);

#endif
