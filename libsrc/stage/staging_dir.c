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
#include "stage/staging_dir.h"
#include "util/io.h"

/* What a staging directory may hold. load/ is the loader's and stays. */
static const char *const ours[] = { "segments", "state", "load", FIELDS_DIR,
	STAGING_DIR_DAMAGE, STAGING_DIR_CHUNKS, STAGING_DIR_SOURCES,
	STAGING_DIR_LOGS, "manifest.json", ".manifest.json.tmp",
	STAGING_DIR_SIGNATURE, ".manifest.json.sig.tmp" };

/* Those that a run writes from its beginning on come first. */
static const char *const reports[] = { STAGING_DIR_DAMAGE, STAGING_DIR_CHUNKS,
	STAGING_DIR_SOURCES, STAGING_DIR_LOGS };
#define REPORTS (sizeof(reports) / sizeof(*reports))
#define GROWING 2

static bool
is_ours(const char *name)
{
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++) {
		if (strcmp(ours[i], name) == 0)
			return true;
	}
	return false;
}

/* What state/ may hold beside segments; the files of convert/ among them. */
static const char *const works[] = { STAGING_DIR_DAMAGE, STAGING_DIR_CHUNKS,
	STAGING_DIR_SOURCES, STAGING_DIR_LOGS, STAGING_DIR_LOGS_BEFORE, "aside",
	"inputs", "keys", "scratch", "sources", STAGING_DIR_CHECKPOINT,
	".checkpoint.tmp" };

/* The number of 000001.ndjson, or 0. */
static uint64_t
segment_number(const char *name)
{
	const size_t digits = strspn(name, "0123456789");

	return digits >= 6 && digits < 18 &&
		       strcmp(name + digits, ".ndjson") == 0
		   ? strtoull(name, NULL, 10)
		   : 0;
}

/* What segments/ and state/ may hold. Nothing else is ever removed. */
static bool
is_work(const char *name)
{
	for (size_t i = 0; i < sizeof(works) / sizeof(*works); i++) {
		if (strcmp(works[i], name) == 0)
			return true;
	}
	return segment_number(name) != 0;
}

/* A stream of the folder's names; closing it leaves dirfd open. */
static DIR *
names_of(int dirfd)
{
	const int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *const d = fd == -1 ? NULL : fdopendir(fd);

	if (d == NULL && fd != -1)
		(void)close(fd);
	return d;
}

static enum rc
check_content(int dirfd, const char *path, struct err *e)
{
	DIR *const d = names_of(dirfd);
	const char *name;
	enum rc rc = RC_OK;

	if (d == NULL)
		return err_sys(e, RC_FATAL, "read folder %s", path);
	while (rc == RC_OK && (rc = io_next_name(d, path, &name, e)) == RC_OK) {
		if (!is_ours(name))
			rc = err_set(e, RC_FATAL, WHY_EXISTS,
			    "%s is not empty and not a staging directory "
			    "(it has %s): choose another",
			    path, name);
	}
	(void)closedir(d);
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
foreign_file(const char *folder, const char *name, struct err *e)
{
	return err_set(e, RC_FATAL, WHY_EXISTS,
	    "%s/%s is not of a staging directory: choose another folder",
	    folder, name);
}

/* Nothing is removed before everything was looked at. */
static enum rc
check_work(int dirfd, const char *folder, struct err *e)
{
	const int fd = openat(
	    dirfd, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *const d = fd == -1 ? NULL : fdopendir(fd);
	const char *name;
	enum rc rc = RC_OK;

	if (d == NULL && fd != -1)
		(void)close(fd);
	/* What is not there, or no folder, is for io_open_dir() to say. */
	while (rc == RC_OK && d != NULL &&
	       (rc = io_next_name(d, folder, &name, e)) == RC_OK) {
		if (!is_work(name))
			rc = foreign_file(folder, name, e);
	}
	if (d != NULL)
		(void)closedir(d);
	return rc == RC_END ? RC_OK : rc;
}

/* Remove the segments of a folder, from that number on; from 0: everything. */
static enum rc
empty_folder(int dirfd, const char *what, uint64_t from, struct err *e)
{
	DIR *const d = names_of(dirfd);
	const char *name;
	enum rc rc = RC_OK;

	if (d == NULL)
		return err_sys(e, RC_FATAL, "read folder %s", what);
	while (rc == RC_OK && (rc = io_next_name(d, what, &name, e)) == RC_OK) {
		if (segment_number(name) < from)
			continue;
		if (!is_work(name))
			rc = foreign_file(what, name, e);
		else if (unlinkat(dirfd, name, 0) == -1)
			rc = err_sys(e, RC_FATAL, "remove %s/%s", what, name);
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

enum rc
staging_dir_make(const char *path, struct err *e)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return RC_OK;
	(void)err_sys(e, RC_FATAL, "create folder \"%s\"", path);
	if (e->sys == ENOENT || e->sys == ENOTDIR)
		e->why = WHY_USAGE; /* a path that is wrong, not a disk */
	return e->rc;
}

static enum rc
open_root(struct staging_dir *f, const char *path, struct err *e)
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

static enum rc
refuse_finished(
    const struct staging_dir *f, const char *path, bool finished, struct err *e)
{
	if (finished)
		return RC_OK;
	/* A finished one must not be emptied for want of a look. */
	if (faccessat(f->dir, "manifest.json", F_OK, 0) == -1)
		return errno == ENOENT ? RC_OK
				       : err_sys(e, RC_FATAL,
					     "look for %s/manifest.json", path);
	return err_set(e, RC_FATAL, WHY_EXISTS,
	    "%s is a finished staging directory: choose another, add to it "
	    "with --append, or replace it with --force",
	    path);
}

enum rc
staging_dir_open(
    struct staging_dir *f, const char *path, bool finished, struct err *e)
{
	enum rc rc = open_root(f, path, e);

	if (rc == RC_OK)
		rc = check_content(f->dir, path, e);
	if (rc == RC_OK)
		rc = refuse_finished(f, path, finished, e);
	if (rc == RC_OK)
		rc = check_work(f->dir, "segments", e);
	if (rc == RC_OK)
		rc = check_work(f->dir, "state", e);
	if (rc == RC_OK)
		rc = long_values_check(f->dir, e);
	if (rc == RC_OK)
		rc = io_open_dir(f->dir, "state", &f->state, e);
	if (rc == RC_OK)
		rc = io_open_dir(f->dir, "segments", &f->segments, e);
	return rc == RC_OK ? io_sync_dir(f->dir, path, e) : rc;
}

bool
staging_dir_has_checkpoint(const struct staging_dir *f)
{
	return faccessat(f->state, STAGING_DIR_CHECKPOINT, F_OK, 0) == 0;
}

enum rc
staging_dir_unsign(const struct staging_dir *f, struct err *e)
{
	const enum rc rc = remove_file(f->dir, STAGING_DIR_SIGNATURE, e);

	return rc == RC_OK ? io_sync_dir(f->dir, STAGING_DIR_SIGNATURE, e) : rc;
}

enum rc
staging_dir_forget_checkpoint(const struct staging_dir *f, struct err *e)
{
	const enum rc rc = remove_file(f->state, STAGING_DIR_CHECKPOINT, e);

	return rc == RC_OK ? io_sync_dir(f->state, "state", e) : rc;
}

enum rc
staging_dir_empty(struct staging_dir *f, const char *path, struct err *e)
{
	/* The manifest goes first: from then on the directory is unfinished,
	 * whatever happens. Then the checkpoint: what it counts on goes. */
	enum rc rc = remove_file(f->dir, "manifest.json", e);

	if (rc == RC_OK)
		rc = staging_dir_unsign(f, e);
	if (rc == RC_OK)
		rc = staging_dir_forget_checkpoint(f, e);
	for (size_t i = 0; rc == RC_OK && i < REPORTS; i++)
		rc = remove_file(f->dir, reports[i], e);
	if (rc == RC_OK)
		rc = empty_folder(f->state, "state", 0, e);
	if (rc == RC_OK)
		rc = long_values_remove(f->dir, e);
	if (rc == RC_OK)
		rc = empty_folder(f->segments, "segments", 0, e);
	return rc == RC_OK ? io_sync_dir(f->dir, path, e) : rc;
}

static enum rc
put_back(const struct staging_dir *f, const char *name, struct err *e)
{
	if (faccessat(f->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
	    renameat(f->state, name, f->dir, name) == 0 || errno == ENOENT)
		return RC_OK;
	return err_sys(e, RC_FATAL, "rename state/%s", name);
}

enum rc
staging_dir_empty_added(const struct staging_dir *f, uint64_t n, struct err *e)
{
	enum rc rc = staging_dir_forget_checkpoint(f, e);

	for (size_t i = 0; rc == RC_OK && i < GROWING; i++)
		rc = put_back(f, reports[i], e);
	if (rc == RC_OK)
		rc = empty_folder(f->state, "state", 0, e);
	return rc == RC_OK ? empty_folder(f->segments, "segments", n + 1, e)
			   : rc;
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
staging_dir_take_back(const struct staging_dir *f,
    const struct staging_dir_place *place, int *fd, struct err *e)
{
	const char *const name = place->name;
	const bool there =
	    place->added && faccessat(f->state, name, F_OK, 0) == 0;

	if (!there && renameat(place->dirfd, name, f->state, name) == -1 &&
	    errno != ENOENT)
		return err_sys(
		    e, RC_FATAL, "rename %s to state/%s", name, name);
	*fd = openat(f->state, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	return *fd == -1 ? err_sys(e, RC_FATAL,
			       "the checkpoint counts on state/%s (start anew "
			       "with --force)",
			       name)
			 : RC_OK;
}

enum rc
staging_dir_drop_above(const struct staging_dir *f, uint64_t n, struct err *e)
{
	enum rc rc = empty_folder(f->segments, "segments", n + 1, e);

	return rc == RC_OK ? empty_folder(f->state, "state", n + 1, e) : rc;
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
}

void
staging_dir_close(struct staging_dir *f)
{
	close_fd(&f->segments);
	close_fd(&f->state);
	close_fd(&f->dir);
}

void
staging_dir_refused(const struct staging_dir *f)
{
	(void)unlinkat(f->dir, "state", AT_REMOVEDIR);
	(void)unlinkat(f->dir, "segments", AT_REMOVEDIR);
}

enum rc
staging_dir_end_state(struct staging_dir *f, struct err *e)
{
	enum rc rc = remove_file(f->state, STAGING_DIR_CHECKPOINT, e);

	if (rc == RC_OK)
		rc = empty_folder(f->state, "state", 0, e);
	if (rc == RC_OK && unlinkat(f->dir, "state", AT_REMOVEDIR) == -1)
		rc = err_sys(e, RC_FATAL, "remove folder state");
	if (rc == RC_OK)
		rc = io_sync_dir(f->dir, "state", e);
	return rc;
}
