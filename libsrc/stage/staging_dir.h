/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files and folders of a staging directory that is being written: whether
 * they are ours, how they are created, locked and removed. Nothing is removed
 * that evtxstage does not write. Used by stage/writer.c.
 */
#ifndef STAGE_STAGING_DIR_H
#define STAGE_STAGING_DIR_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

struct staging_dir {
	int dir;
	int state;    /* its folder state/ */
	int segments; /* its folder segments/ */
};

/* The sidecar files (stage/sidecar.h). */
#define STAGING_DIR_DAMAGE "damage.ndjson"
#define STAGING_DIR_CHUNKS "chunks.ndjson"
#define STAGING_DIR_SOURCES "sources.ndjson"
#define STAGING_DIR_LOGS "logs.ndjson"

#define STAGING_DIR_SIGNATURE "manifest.json.sig"

/* In state/: the checkpoint of an unfinished run, and logs.ndjson of the
 * directory that a run adds to, until that run is finished. */
#define STAGING_DIR_CHECKPOINT "checkpoint"
#define STAGING_DIR_LOGS_BEFORE "logs.before"

/* Create the folder `path` with mode 0700 unless it exists. */
enum rc staging_dir_make(const char *path, struct err *e);

/* Create or open the staging directory `path`, and lock it. WHY_EXISTS: it has
 * files that are not ours, or it is finished and `finished` is not set;
 * WHY_LOCKED: another run has it. The caller sets all descriptors to -1 before
 * and closes also after a failure. */
enum rc staging_dir_open(
    struct staging_dir *f, const char *path, bool finished, struct err *e);
void staging_dir_close(struct staging_dir *f);

/* True if an unfinished run left a checkpoint. */
bool staging_dir_has_checkpoint(const struct staging_dir *f);

enum rc staging_dir_remove_signature(
    const struct staging_dir *f, struct err *e);
enum rc staging_dir_remove_checkpoint(
    const struct staging_dir *f, struct err *e);

/* Remove everything that a run left, finished or not: a new one starts. */
enum rc staging_dir_empty(
    struct staging_dir *f, const char *path, struct err *e);

/* Remove what an unfinished run left that was adding to a finished directory of
 * n segments, and move the sidecars of that directory back to their places. */
enum rc staging_dir_undo_append(
    const struct staging_dir *f, uint64_t n, struct err *e);

/* A file of an unfinished run that may have been moved from state/ to `dirfd`
 * since the checkpoint. */
struct staging_dir_file {
	int dirfd;
	const char *name;
	bool appends; /* what is in dirfd may be from before the run */
};

/* Move the file back to state/ and open it for writing. */
enum rc staging_dir_reopen(const struct staging_dir *f,
    const struct staging_dir_file *file, int *fd, struct err *e);

/* Move logs.ndjson to state/: the manifest names it until there is a new one.
 */
enum rc staging_dir_keep_logs(const struct staging_dir *f, struct err *e);

/* Remove the segments with a number above n. */
enum rc staging_dir_remove_segments(
    const struct staging_dir *f, uint64_t n, struct err *e);

/* Remove the folders that staging_dir_open() made, if they are empty. */
void staging_dir_abandon(const struct staging_dir *f);

/* Remove state/ with all that is in it. */
enum rc staging_dir_remove_state(struct staging_dir *f, struct err *e);

#endif
