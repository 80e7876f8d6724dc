/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stage/segment_file.h"

/* Set the stamp of a file when it is opened for the first time. Later, return
 * false if the file has another stamp. */
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

	/* O_NONBLOCK: if somebody put a FIFO there, open(2) must not block. */
	*fd = openat(f->below, name + sizeof(SEGMENT_FILE_FOLDER) - 1,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (*fd == -1 && (errno == ENOENT || errno == ELOOP))
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s/%s is missing or is a symbolic link", f->dir, name);
	if (*fd == -1)
		return err_sys(e, RC_FATAL, "open %s/%s", f->dir, name);
	bool same = true;
	if (fstat(*fd, &st) == -1) {
		(void)err_sys(e, RC_FATAL, "stat %s/%s", f->dir, name);
		(void)close(*fd);
		*fd = -1;
		return e->rc;
	}
	if (S_ISREG(st.st_mode) &&
	    (uint64_t)st.st_size == f->segment->file_bytes) {
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
	    "%s/%s does not have the size in the manifest, %llu bytes", f->dir,
	    name, (unsigned long long)f->segment->file_bytes);
}

enum rc
segment_file_open(
    const struct segment_file *f, struct segment_handle *o, struct err *e)
{
	const struct reader_segment *const s = f->segment;

	(void)snprintf(o->name, sizeof(o->name), "%.200s/%s", f->dir, s->name);
	o->lines = (struct segment_lines){
		.fd = -1,
		.name = o->name,
		.compressed = s->compressed,
		.sha256 = s->file_sha256,
		.bytes = s->file_bytes,
		.lines_sha256 = s->sha256,
		.lines_bytes = s->bytes,
		.lines = s->lines,
	};
	return open_file(f, &o->lines.fd, e);
}

void
segment_file_close(struct segment_handle *o)
{
	segment_lines_reset(&o->lines);
	if (o->lines.fd != -1)
		(void)close(o->lines.fd);
	o->lines.fd = -1;
}

enum rc
segment_file_scan(
    const struct segment_file *f, const struct scan_visit *visit, struct err *e)
{
	struct segment_handle open = { .lines = { .fd = -1 } };

	enum rc rc = segment_file_open(f, &open, e);
	if (rc == RC_OK)
		rc = segment_lines_scan(&open.lines, visit, e);
	segment_file_close(&open);
	return rc;
}
