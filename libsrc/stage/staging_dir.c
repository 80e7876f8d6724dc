/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stage/long_values.h"
#include "stage/segment_lines.h"
#include "stage/staging_dir.h"
#include "util/io.h"

/* The names that a staging directory may contain. evtxload writes load/, which
 * is never removed. */
static const char *const names_of_dir[] = { "segments", "state", "load",
	FIELDS_DIR, STAGING_DIR_DAMAGE, STAGING_DIR_CHUNKS, STAGING_DIR_SOURCES,
	STAGING_DIR_LOGS, "manifest.json", ".manifest.json.tmp",
	STAGING_DIR_SIGNATURE, ".manifest.json.sig.tmp", NULL };

/* The names that state/ may contain besides segments. convert/ writes some of
 * the files. */
static const char *const names_of_state[] = { STAGING_DIR_DAMAGE,
	STAGING_DIR_CHUNKS, STAGING_DIR_SOURCES, STAGING_DIR_LOGS,
	STAGING_DIR_LOGS_BEFORE, "aside", "inputs", "keys", "scratch",
	"sources", STAGING_DIR_CHECKPOINT, ".checkpoint.tmp", NULL };

/* The sidecars. The first GROWING of them grow during a run, the others are
 * written at its end. */
static const char *const sidecars[] = { STAGING_DIR_DAMAGE, STAGING_DIR_CHUNKS,
	STAGING_DIR_SOURCES, STAGING_DIR_LOGS };
#define SIDECARS (sizeof(sidecars) / sizeof(*sidecars))
#define GROWING 2

static bool
is_listed(const char *name, const char *const *names)
{
	while (*names != NULL && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

/* The number in a name like 000001.ndjson or 000001.ndjson.zst; 0 for other
 * names. */
static uint64_t
segment_number(const char *name)
{
	const size_t digits = strspn(name, "0123456789");

	const bool ends = strcmp(name + digits, SEGMENT_LINES_PLAIN) == 0 ||
			  strcmp(name + digits, SEGMENT_LINES_COMPRESSED) == 0;

	return digits >= 6 && digits < 18 && ends ? strtoull(name, NULL, 10)
						  : 0;
}

/* Open the folder `folder` in dirfd to list it. */
static DIR *
open_list(int dirfd, const char *folder)
{
	const int fd = openat(
	    dirfd, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *const d = fd == -1 ? NULL : fdopendir(fd);

	if (d == NULL && fd != -1)
		(void)close(fd);
	return d;
}

/* Check the names in the staging directory itself. */
static enum rc
check_dir(int dirfd, const char *path, struct err *e)
{
	DIR *const d = open_list(dirfd, ".");
	const char *name;
	enum rc rc = RC_OK;

	if (d == NULL)
		return err_sys(e, RC_FATAL, "read folder %s", path);
	while (rc == RC_OK && (rc = io_next_name(d, path, &name, e)) == RC_OK) {
		if (!is_listed(name, names_of_dir))
			rc = err_set(e, RC_FATAL, WHY_EXISTS,
			    "%s is neither empty nor a staging directory "
			    "(it contains %s): choose another folder",
			    path, name);
	}
	(void)closedir(d);
	return rc == RC_END ? RC_OK : rc;
}

/* Refuse a file in segments/ or state/ that evtxstage does not write. */
static enum rc
check_name(const char *folder, const char *name, struct err *e)
{
	if (is_listed(name, names_of_state) || segment_number(name) != 0)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_EXISTS,
	    "%s/%s does not belong to a staging directory: choose another "
	    "folder",
	    folder, name);
}

/* Check the names in segments/ or state/. If the folder cannot be opened,
 * io_open_dir() will create it or report why. */
static enum rc
check_folder(int dirfd, const char *folder, struct err *e)
{
	DIR *const d = open_list(dirfd, folder);
	const char *name;
	enum rc rc = RC_OK;

	if (d == NULL)
		return RC_OK;
	while (rc == RC_OK && (rc = io_next_name(d, folder, &name, e)) == RC_OK)
		rc = check_name(folder, name, e);
	(void)closedir(d);
	return rc == RC_END ? RC_OK : rc;
}

/* Remove the segments with the number `from` or a higher one from a folder. If
 * `from` is 0, remove all files. */
static enum rc
empty_folder(int dirfd, const char *folder, uint64_t from, struct err *e)
{
	DIR *const d = open_list(dirfd, ".");
	const char *name;
	enum rc rc = RC_OK;

	if (d == NULL)
		return err_sys(e, RC_FATAL, "read folder %s", folder);
	while (
	    rc == RC_OK && (rc = io_next_name(d, folder, &name, e)) == RC_OK) {
		if (segment_number(name) < from)
			continue;
		rc = check_name(folder, name, e);
		if (rc == RC_OK && unlinkat(dirfd, name, 0) == -1)
			rc = err_sys(e, RC_FATAL, "remove %s/%s", folder, name);
	}
	(void)closedir(d);
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
remove_file(int dirfd, const char *name, struct err *e)
{
	if (unlinkat(dirfd, name, 0) == -1 && errno != ENOENT)
		return err_sys(e, RC_FATAL, "remove %s", name);
	return RC_OK;
}

/* --- opening and closing -------------------------------------------------- */

enum rc
staging_dir_make(const char *path, struct err *e)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return RC_OK;
	(void)err_sys(e, RC_FATAL, "create folder \"%s\"", path);
	if (e->sys == ENOENT || e->sys == ENOTDIR)
		e->why = WHY_USAGE; /* the user gave a wrong path */
	return e->rc;
}

static enum rc
open_and_lock(struct staging_dir *f, const char *path, struct err *e)
{
	if (staging_dir_make(path, e) != RC_OK)
		return RC_FATAL;
	f->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dir == -1)
		return err_sys(e, RC_FATAL, "open folder %s", path);
	if (flock(f->dir, LOCK_EX | LOCK_NB) == 0)
		return RC_OK;
	if (errno != EWOULDBLOCK)
		return err_sys(e, RC_FATAL, "lock %s", path);
	return err_set(e, RC_FATAL, WHY_LOCKED,
	    "%s is in use by another run of evtxstage", path);
}

enum rc
staging_dir_open(
    struct staging_dir *f, const char *path, bool finished, struct err *e)
{
	enum rc rc = open_and_lock(f, path, e);

	if (rc == RC_OK)
		rc = check_dir(f->dir, path, e);
	if (rc != RC_OK)
		return rc;
	if (!finished && faccessat(f->dir, "manifest.json", F_OK, 0) == 0)
		return err_set(e, RC_FATAL, WHY_EXISTS,
		    "%s is a finished staging directory: choose another, add "
		    "to it with --append, or replace it with --force",
		    path);
	/* With any other errno the directory may be finished. */
	if (!finished && errno != ENOENT)
		return err_sys(e, RC_FATAL, "stat %s/manifest.json", path);
	rc = check_folder(f->dir, "segments", e);
	if (rc == RC_OK)
		rc = check_folder(f->dir, "state", e);
	if (rc == RC_OK)
		rc = long_values_check(f->dir, e);
	if (rc == RC_OK)
		rc = io_open_dir(f->dir, "state", &f->state, e);
	if (rc == RC_OK)
		rc = io_open_dir(f->dir, "segments", &f->segments, e);
	return rc == RC_OK ? io_sync_dir(f->dir, path, e) : rc;
}

void
staging_dir_close(struct staging_dir *f)
{
	int *const fds[] = { &f->segments, &f->state, &f->dir };

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++) {
		if (*fds[i] != -1)
			(void)close(*fds[i]);
		*fds[i] = -1;
	}
}

void
staging_dir_abandon(const struct staging_dir *f)
{
	(void)unlinkat(f->dir, "state", AT_REMOVEDIR);
	(void)unlinkat(f->dir, "segments", AT_REMOVEDIR);
}

/* --- files ---------------------------------------------------------------- */

bool
staging_dir_has_checkpoint(const struct staging_dir *f)
{
	return faccessat(f->state, STAGING_DIR_CHECKPOINT, F_OK, 0) == 0;
}

enum rc
staging_dir_remove_signature(const struct staging_dir *f, struct err *e)
{
	const enum rc rc = remove_file(f->dir, STAGING_DIR_SIGNATURE, e);

	return rc == RC_OK ? io_sync_dir(f->dir, STAGING_DIR_SIGNATURE, e) : rc;
}

enum rc
staging_dir_remove_checkpoint(const struct staging_dir *f, struct err *e)
{
	const enum rc rc = remove_file(f->state, STAGING_DIR_CHECKPOINT, e);

	return rc == RC_OK ? io_sync_dir(f->state, "state", e) : rc;
}

enum rc
staging_dir_empty(struct staging_dir *f, const char *path, struct err *e)
{
	/* The manifest is removed first: without it the directory is
	 * unfinished, also if this run is killed. The checkpoint is removed
	 * before the files that it depends on. */
	enum rc rc = remove_file(f->dir, "manifest.json", e);

	if (rc == RC_OK)
		rc = staging_dir_remove_signature(f, e);
	if (rc == RC_OK)
		rc = staging_dir_remove_checkpoint(f, e);
	for (size_t i = 0; rc == RC_OK && i < SIDECARS; i++)
		rc = remove_file(f->dir, sidecars[i], e);
	if (rc == RC_OK)
		rc = empty_folder(f->state, "state", 0, e);
	if (rc == RC_OK)
		rc = long_values_remove(f->dir, e);
	if (rc == RC_OK)
		rc = empty_folder(f->segments, "segments", 0, e);
	return rc == RC_OK ? io_sync_dir(f->dir, path, e) : rc;
}

enum rc
staging_dir_undo_append(const struct staging_dir *f, uint64_t n, struct err *e)
{
	enum rc rc = staging_dir_remove_checkpoint(f, e);

	for (size_t i = 0; rc == RC_OK && i < GROWING; i++) {
		const char *const name = sidecars[i];
		if (faccessat(f->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == -1 &&
		    renameat(f->state, name, f->dir, name) == -1 &&
		    errno != ENOENT)
			rc = err_sys(e, RC_FATAL, "rename state/%s", name);
	}
	if (rc == RC_OK)
		rc = empty_folder(f->state, "state", 0, e);
	return rc == RC_OK ? empty_folder(f->segments, "segments", n + 1, e)
			   : rc;
}

enum rc
staging_dir_reopen(const struct staging_dir *f,
    const struct staging_dir_file *file, int *fd, struct err *e)
{
	const char *const name = file->name;
	const bool in_state =
	    file->appends && faccessat(f->state, name, F_OK, 0) == 0;

	if (!in_state && renameat(file->dirfd, name, f->state, name) == -1 &&
	    errno != ENOENT)
		return err_sys(
		    e, RC_FATAL, "rename %s to state/%s", name, name);
	*fd = openat(f->state, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	return *fd == -1 ? err_sys(e, RC_FATAL,
			       "cannot resume: open state/%s (start anew with "
			       "--force)",
			       name)
			 : RC_OK;
}

enum rc
staging_dir_keep_logs(const struct staging_dir *f, struct err *e)
{
	if (renameat(f->dir, STAGING_DIR_LOGS, f->state,
		STAGING_DIR_LOGS_BEFORE) == 0 ||
	    errno == ENOENT)
		return RC_OK;
	return err_sys(e, RC_FATAL, "rename %s", STAGING_DIR_LOGS);
}

enum rc
staging_dir_remove_segments(
    const struct staging_dir *f, uint64_t n, struct err *e)
{
	enum rc rc = empty_folder(f->segments, "segments", n + 1, e);

	return rc == RC_OK ? empty_folder(f->state, "state", n + 1, e) : rc;
}

enum rc
staging_dir_remove_state(struct staging_dir *f, struct err *e)
{
	enum rc rc = remove_file(f->state, STAGING_DIR_CHECKPOINT, e);

	if (rc == RC_OK)
		rc = empty_folder(f->state, "state", 0, e);
	if (rc == RC_OK && unlinkat(f->dir, "state", AT_REMOVEDIR) == -1)
		rc = err_sys(e, RC_FATAL, "remove folder state");
	return rc == RC_OK ? io_sync_dir(f->dir, "state", e) : rc;
}
