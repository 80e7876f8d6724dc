/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks, creates, locks and removes the files and folders of a staging
 * directory that is being written. Files that evtxstage does not write are
 * never removed. Used by stage/writer.c.
 */
#ifndef STAGE_STAGING_DIR_H
#define STAGE_STAGING_DIR_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

/* Descriptors of the folders of a staging; -1: not open. */
struct staging_dir {
	int dir;      /* descriptor of the staging directory */
	int state;    /* descriptor of the folder state/ in the directory */
	int segments; /* descriptor of the folder segments/ in the directory */
};

/* The sidecar files (stage/sidecar.h). */
#define STAGING_DIR_DAMAGE "damage.ndjson"
#define STAGING_DIR_CHUNKS "chunks.ndjson"
#define STAGING_DIR_SOURCES "sources.ndjson"
#define STAGING_DIR_LOGS "logs.ndjson"

#define STAGING_DIR_SIGNATURE "manifest.json.sig"

/* Files in state/: the checkpoint of an unfinished run; and, while a run adds
 * to a finished directory, the old logs.ndjson of that directory. */
#define STAGING_DIR_CHECKPOINT "checkpoint"
#define STAGING_DIR_LOGS_BEFORE "logs.before"

/* Create the folder `path` with mode 0700 unless it exists. */
enum rc staging_dir_make(const char *path, struct err *e);

/* Create or open the staging directory `path`, and lock it. WHY_EXISTS: it
 * contains files that evtxstage does not write, or it is finished and
 * `finished` is not set; WHY_LOCKED: another run has locked it. The caller must
 * set all descriptors to -1 before, and close *f also after a failure. */
enum rc staging_dir_open(
    struct staging_dir *f, const char *path, bool finished, struct err *e);
void staging_dir_close(struct staging_dir *f);

/* True if an unfinished run left a checkpoint. */
bool staging_dir_has_checkpoint(const struct staging_dir *f);

enum rc staging_dir_remove_signature(
    const struct staging_dir *f, struct err *e);
enum rc staging_dir_remove_checkpoint(
    const struct staging_dir *f, struct err *e);

/* Remove all files of an earlier run, finished or not, before a new run starts.
 */
enum rc staging_dir_empty(
    struct staging_dir *f, const char *path, struct err *e);

/* Undo an unfinished run that was adding to a finished directory of n segments:
 * remove its files and move the sidecars of the directory back from state/. */
enum rc staging_dir_undo_append(
    const struct staging_dir *f, uint64_t n, struct err *e);

/* A file of an unfinished run that may have been moved from state/ to `dirfd`
 * since the checkpoint. */
struct staging_dir_file {
	int dirfd;
	const char *name;
	bool appends; /* the run adds to a finished directory: the file in
			 `dirfd` may be older than the run */
};

/* Move the file back to state/ and open it for writing. */
enum rc staging_dir_reopen(const struct staging_dir *f,
    const struct staging_dir_file *file, int *fd, struct err *e);

/* Move logs.ndjson to state/. It belongs to the old manifest and is needed
 * until the new one is published. */
enum rc staging_dir_keep_logs(const struct staging_dir *f, struct err *e);

/* Remove the segments with a number above n. */
enum rc staging_dir_remove_segments(
    const struct staging_dir *f, uint64_t n, struct err *e);

/* Remove state/ and segments/ if they are empty. */
void staging_dir_abandon(const struct staging_dir *f);

/* Remove state/ with all its files. */
enum rc staging_dir_remove_state(struct staging_dir *f, struct err *e);

#endif
