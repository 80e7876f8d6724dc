/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/secret_file.h"

static enum rc
fail(struct err *e, const char *path, const char *why)
{
	return err_set(
	    e, RC_FATAL, WHY_DENIED, "no token: %.200s: %s", path, why);
}

/* Append the content of a file without white space at its end. False if it is
 * empty, longer than `max` or unreadable. */
static bool
read_all(int fd, size_t max, struct buf *out)
{
	const size_t from = out->n;

	for (;;) {
		uint8_t *const to = buf_room(out, 4096);
		const ssize_t n = to != NULL ? read(fd, to, 4096) : -1;
		if (n == -1 && to != NULL && errno == EINTR)
			continue;
		if (n == 0)
			break;
		if (n < 0)
			return false;
		out->n += (size_t)n;
		if (out->n - from > max)
			return false;
	}
	while (out->n > from && out->p[out->n - 1] <= ' ')
		out->n--;
	return out->n > from;
}

enum rc
secret_file_read(const char *path, size_t max, struct buf *out, struct err *e)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd == -1)
		return fail(e, path, strerror(errno));
	const bool good = read_all(fd, max, out);
	(void)close(fd);
	return good ? RC_OK
		    : fail(e, path, "it is empty, too long or unreadable");
}

static const char *
why_unsafe(const struct stat *folder, const struct stat *file)
{
	if ((folder->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return "other users can write its folder";
	if (!S_ISREG(file->st_mode))
		return "it is not a regular file";
	if (file->st_uid != 0 && file->st_uid != folder->st_uid)
		return "its owner is not the owner of its folder";
	if ((file->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return "other users can write it";
	if (file->st_size > SECRET_FILE_GUARDED_MAX)
		return "it is too large";
	return NULL;
}

enum rc
secret_file_read_guarded(
    const char *folder, const char *name, struct buf *out, struct err *e)
{
	const int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const int fd =
	    dir == -1 ? -1
		      : openat(dir, name,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	const int sys = errno;
	struct stat above;
	struct stat own;
	enum rc rc = RC_OK;

	if (fd == -1) {
		rc = fail(e, folder,
		    sys == EACCES ? "no permission: the user must be a member "
				    "of the group himds"
				  : strerror(sys));
	} else if (fstat(dir, &above) == -1 || fstat(fd, &own) == -1) {
		rc = fail(e, folder, strerror(errno));
	} else {
		const char *const why = why_unsafe(&above, &own);
		if (why != NULL)
			rc = fail(e, name, why);
		else if (!read_all(fd, SECRET_FILE_GUARDED_MAX, out))
			rc = fail(e, name, "it is empty or too large");
	}
	if (fd != -1)
		(void)close(fd);
	if (dir != -1)
		(void)close(dir);
	return rc;
}
