/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "util/scratch.h"

/* File name of scratch files; stage/staging_dir.c knows it, too. */
#define NAME "scratch"
#define PATH_BYTES 4096

/* Move a descriptor above those of the standard streams. If standard output is
 * closed, open(2) returns its number; then output would be written to the
 * temporary file. */
static enum rc
above_standard(int *fd, struct err *e)
{
	const int low = *fd;

	if (low > STDERR_FILENO)
		return RC_OK;
	*fd = fcntl(low, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	(void)close(low);
	return *fd == -1 ? err_sys(e, RC_FATAL, "open a temporary file")
			 : RC_OK;
}

static enum rc
open_anywhere(int *fd, const char *dir, struct err *e)
{
	char path[PATH_BYTES];

	/* Some file systems do not support O_TMPFILE. */
	*fd = open(dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
	if (*fd != -1)
		return above_standard(fd, e);
	const int n = snprintf(path, sizeof(path), "%s/evtxstage-XXXXXX", dir);
	if (n < 0 || (size_t)n >= sizeof(path))
		return err_set(e, RC_FATAL, WHY_LIMIT,
		    "the path of the folder for temporary files is too long: "
		    "%.200s...",
		    dir);
	*fd = mkstemp(path);
	if (*fd == -1)
		return err_sys(e, RC_FATAL, "create a file in %s", dir);
	(void)fcntl(*fd, F_SETFD, FD_CLOEXEC);
	if (unlink(path) == -1)
		return err_sys(e, RC_FATAL, "remove %s", path);
	return above_standard(fd, e);
}

void
scratch_prepare(struct scratch *s)
{
	struct err e;

	while (s->n < SCRATCH_READY_MAX &&
	       open_anywhere(&s->ready[s->n], s->dir, &e) == RC_OK)
		s->n++;
}

void
scratch_close(struct scratch *s)
{
	while (s->n > 0)
		(void)close(s->ready[--s->n]);
}

enum rc
scratch_open(int *fd, int dirfd, struct scratch *s, struct err *e)
{
	*fd = -1;
	if (dirfd == -1 && s->n == 0)
		return open_anywhere(fd, s->dir, e);
	if (dirfd == -1) {
		*fd = s->ready[--s->n];
		return RC_OK;
	}
	/* A file of this name exists only if it could not be removed before.
	 * The name of the new file is removed at once, too. */
	if (unlinkat(dirfd, NAME, 0) == -1 && errno != ENOENT)
		return err_sys(e, RC_FATAL, "remove state/" NAME);
	*fd = openat(dirfd, NAME,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*fd == -1)
		return err_sys(e, RC_FATAL, "create state/" NAME);
	return unlinkat(dirfd, NAME, 0) == -1
		   ? err_sys(e, RC_FATAL, "remove state/" NAME)
		   : RC_OK;
}
