/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/io.h"

#define PIECE ((size_t)16384)

enum rc
io_write(int fd, struct span s, const char *what, struct err *e)
{
	size_t done = 0;

	while (done < s.n) {
		const ssize_t n = write(fd, s.p + done, s.n - done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_sys(e, RC_FATAL, "write %s", what);
		done += (size_t)n;
	}
	return RC_OK;
}

enum rc
io_pread(const struct io_read *r, size_t *got, struct err *e)
{
	size_t done = 0;

	while (done < r->n) {
		const ssize_t n = pread(
		    r->fd, r->p + done, r->n - done, (off_t)(r->off + done));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_sys(e, RC_FATAL, "read %s at offset %llu",
			    r->name, (unsigned long long)r->off + done);
		if (n == 0)
			break;
		done += (size_t)n;
	}
	*got = done;
	return RC_OK;
}

/* Append the rest of a file to b. When b has its maximum size, one more byte is
 * read to find out if the file ends there. */
static enum rc
slurp(int fd, const char *name, struct buf *b, struct err *e)
{
	for (;;) {
		const size_t left = b->max - b->n;
		const size_t want = left < PIECE ? left : PIECE;
		uint8_t more = 0;
		uint8_t *const p = left == 0 ? &more : buf_room(b, want);
		if (p == NULL)
			return err_nomem(e);
		const ssize_t n = read(fd, p, left == 0 ? 1 : want);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_sys(e, RC_FATAL, "read %s", name);
		if (n == 0)
			return RC_OK;
		if (left == 0)
			return err_set(e, RC_FATAL, WHY_LIMIT,
			    "%s is larger than %zu bytes", name, b->max);
		b->n += (size_t)n;
	}
}

enum rc
io_slurp(int dirfd, const char *name, struct buf *b, struct err *e)
{
	const int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return err_sys(e, RC_FATAL, "open %s", name);
	const enum rc rc = slurp(fd, name, b, e);
	(void)close(fd);
	return rc;
}

void
io_flush_soon(int fd, uint64_t off, uint64_t n)
{
#ifdef SYNC_FILE_RANGE_WRITE
	(void)sync_file_range(fd, (off_t)off, (off_t)n, SYNC_FILE_RANGE_WRITE);
#else
	(void)fd;
	(void)off;
	(void)n;
#endif
}

enum rc
io_go_back(int fd, uint64_t n, const char *name, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_sys(e, RC_FATAL, "look at %s", name);
	if ((uint64_t)st.st_size < n)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s is shorter than the checkpoint says: start anew with "
		    "--force",
		    name);
	if (ftruncate(fd, (off_t)n) == -1 ||
	    lseek(fd, (off_t)n, SEEK_SET) == -1)
		return err_sys(e, RC_FATAL, "cut %s", name);
	return RC_OK;
}

enum rc
io_sync_dir(int dirfd, const char *what, struct err *e)
{
	if (fsync(dirfd) == -1)
		return err_sys(e, RC_FATAL, "sync folder of %s", what);
	return RC_OK;
}

enum rc
io_publish(int dirfd, int fd, const char *tmp, const char *name, struct err *e)
{
	/* rename(2) does not guarantee that the data is on the disk before the
	 * name, so the data is synced first. */
	if (fsync(fd) == -1)
		return err_sys(e, RC_FATAL, "sync %s", tmp);
	if (renameat(dirfd, tmp, dirfd, name) == -1)
		return err_sys(e, RC_FATAL, "rename %s to %s", tmp, name);
	return io_sync_dir(dirfd, name, e);
}

enum rc
io_write_file(int dirfd, const char *name, struct span s, struct err *e)
{
	char tmp[256];

	const int n = snprintf(tmp, sizeof(tmp), ".%s.tmp", name);
	if (n < 0 || (size_t)n >= sizeof(tmp))
		return err_set(
		    e, RC_FATAL, WHY_LIMIT, "name too long: %s", name);
	/* Remove the file of a killed run. If somebody creates a file of this
	 * name meanwhile, O_EXCL refuses to open it. */
	(void)unlinkat(dirfd, tmp, 0);
	const int fd = openat(dirfd, tmp,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_sys(e, RC_FATAL, "create %s", tmp);
	enum rc rc = io_write(fd, s, tmp, e);
	if (rc == RC_OK)
		rc = io_publish(dirfd, fd, tmp, name, e);
	(void)close(fd);
	if (rc != RC_OK)
		(void)unlinkat(dirfd, tmp, 0);
	return rc;
}

enum rc
io_next_name(DIR *d, const char *what, const char **name, struct err *e)
{
	const struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(d);
		if (entry == NULL)
			return errno == 0 ? RC_END
					  : err_sys(e, RC_FATAL,
						"read folder %s", what);
	} while (strcmp(entry->d_name, ".") == 0 ||
		 strcmp(entry->d_name, "..") == 0);
	*name = entry->d_name;
	return RC_OK;
}

enum rc
io_open_dir(int dirfd, const char *name, int *fd, struct err *e)
{
	if (mkdirat(dirfd, name, 0700) == -1 && errno != EEXIST)
		return err_sys(e, RC_FATAL, "create folder %s", name);
	/* A symbolic link is not followed: it could lead to a folder of
	 * somebody else. */
	*fd = openat(
	    dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd == -1)
		return err_sys(e, RC_FATAL, "open folder %s", name);
	return RC_OK;
}
