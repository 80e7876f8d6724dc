/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stage/segment_file.h"
#include "util/io.h"

/* Set the stamp of a file, or compare it with the first one. */
static bool
is_same(struct segment_stamp *s, const struct stat *st)
{
	const struct segment_stamp now = { st->st_dev, st->st_ino, st->st_ctim,
		true };

	if (!s->set)
		*s = now;
	return s->device == now.device && s->inode == now.inode &&
	       s->changed.tv_sec == now.changed.tv_sec &&
	       s->changed.tv_nsec == now.changed.tv_nsec;
}

static enum rc
open_file(const struct segment_file *f, int *fd, struct err *e)
{
	const char *const name = f->segment->name;
	struct stat st;

	/* O_NONBLOCK: opening a FIFO in its place must not block. */
	*fd = openat(f->below, name + sizeof(SEGMENT_FILE_FOLDER) - 1,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (*fd == -1 && (errno == ENOENT || errno == ELOOP))
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s/%s is missing or a link", f->dir, name);
	if (*fd == -1)
		return err_sys(e, RC_FATAL, "open %s/%s", f->dir, name);
	bool same = true;
	if (fstat(*fd, &st) == -1) {
		(void)err_sys(e, RC_FATAL, "stat %s/%s", f->dir, name);
		(void)close(*fd);
		*fd = -1;
		return e->rc;
	}
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size == f->segment->bytes) {
		same = is_same(f->stamp, &st);
		if (same)
			return RC_OK;
	}
	(void)close(*fd);
	*fd = -1;
	if (!same)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s/%s was changed while it was loaded", f->dir, name);
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "%s/%s does not have the %llu bytes that its manifest says", f->dir,
	    name, (unsigned long long)f->segment->bytes);
}

static enum rc
compare(const struct segment_file *f, const struct scan_sum *sum, struct err *e)
{
	const struct reader_segment *const s = f->segment;

	if (sum->bytes != s->bytes || strcmp(sum->sha256, s->sha256) != 0)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s/%s is not what was staged: its SHA-256 is %s, the "
		    "manifest says %s",
		    f->dir, s->name, sum->sha256, s->sha256);
	if (sum->lines != s->lines || sum->whole != s->bytes)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s/%s has %llu whole lines, the manifest says %llu",
		    f->dir, s->name, (unsigned long long)sum->lines,
		    (unsigned long long)s->lines);
	return RC_OK;
}

enum rc
segment_file_scan(
    const struct segment_file *f, const struct scan_visit *visit, struct err *e)
{
	struct scan_sum sum;
	int fd = -1;

	enum rc rc = open_file(f, &fd, e);
	if (rc == RC_OK)
		rc = scan_lines(fd, f->segment->name, visit, &sum, e);
	if (rc == RC_OK)
		rc = compare(f, &sum, e);
	if (fd != -1)
		(void)close(fd);
	return rc;
}

enum rc
segment_file_read(const struct segment_file *f, uint64_t offset,
    uint64_t length, struct buf *out, struct err *e)
{
	uint8_t *const p = buf_room(out, length);
	size_t got = 0;
	int fd = -1;

	if (p == NULL)
		return err_set(e, RC_FATAL, WHY_LIMIT,
		    "no room for %llu bytes of %s/%s",
		    (unsigned long long)length, f->dir, f->segment->name);
	enum rc rc = open_file(f, &fd, e);
	if (rc != RC_OK)
		return rc;
	const struct io_read in = { fd, offset, p, length, f->segment->name };
	rc = io_pread(&in, &got, e);
	(void)close(fd);
	if (rc != RC_OK)
		return rc;
	if (got != length)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s/%s became shorter while it was read", f->dir,
		    f->segment->name);
	out->n += got;
	return RC_OK;
}
