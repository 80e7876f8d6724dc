/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "convert/source.h"
#include "util/io.h"

/* A source that fails is skipped and named; the run goes on. */
static enum rc
skip(enum rc rc, struct err *e)
{
	if (rc == RC_FATAL)
		e->rc = RC_SKIP;
	return rc == RC_FATAL ? RC_SKIP : rc;
}

static enum rc
read_at(struct source *s, uint8_t *into, size_t want, size_t *n, struct err *e)
{
	const struct io_read r = { s->fd, s->at, into, want, s->path };

	enum rc rc = skip(io_pread(&r, n, e), e);
	if (rc == RC_OK)
		rc = digest_add(s->digest, span_of(into, *n), e);
	if (rc == RC_OK)
		s->at += *n;
	return rc;
}

static enum rc
read_header(struct source *s, struct err *e)
{
	uint8_t block[CHUNK_FILE_HEADER];
	size_t n = 0;

	const enum rc rc = read_at(s, block, sizeof(block), &n, e);
	if (rc != RC_OK)
		return rc;
	if (n == 0)
		return err_set(e, RC_SKIP, WHY_CORRUPT, "%s is empty", s->path);
	memset(block + n, 0, sizeof(block) - n);
	chunk_file_read(&s->header, span_of(block, sizeof(block)));
	return RC_OK;
}

enum rc
source_open(struct source *s, const char *path, struct digest *d, struct err *e)
{
	memset(s, 0, sizeof(*s));
	s->path = path;
	s->digest = d;
	/* Not to hang on a FIFO that took the place of a file. */
	s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (s->fd == -1)
		return err_sys(e, RC_SKIP, "open %s", path);
	if (fstat(s->fd, &s->before) == -1)
		return err_sys(e, RC_SKIP, "look at %s", path);
	if (!S_ISREG(s->before.st_mode))
		return err_set(
		    e, RC_SKIP, WHY_CORRUPT, "%s is not a regular file", path);
	const enum rc rc = digest_restart(d, e);
	return rc == RC_OK ? read_header(s, e) : rc;
}

void
source_close(struct source *s)
{
	if (s->fd != -1)
		(void)close(s->fd);
	s->fd = -1;
}

enum rc
source_piece(
    struct source *s, uint8_t *into, size_t *n, uint64_t *off, struct err *e)
{
	/* Not further than the file was when it was opened: one that grows
	 * would never end. */
	const uint64_t size = (uint64_t)s->before.st_size;
	const uint64_t left = s->at < size ? size - s->at : 0;

	*off = s->at;
	*n = 0;
	if (left == 0)
		return RC_END;
	const enum rc rc = read_at(
	    s, into, left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES, n, e);
	if (rc == RC_OK && *n == 0)
		return RC_END;
	return rc;
}

static bool
same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

enum rc
source_finish(struct source *s, char sha256[DIGEST_HEX], struct err *e)
{
	struct stat now;

	const enum rc rc = digest_final_hex(s->digest, sha256, e);
	if (rc != RC_OK)
		return rc;
	if (fstat(s->fd, &now) == -1)
		return err_sys(e, RC_SKIP, "look at %s", s->path);
	if (now.st_size == s->before.st_size &&
	    s->at == (uint64_t)now.st_size &&
	    same_time(now.st_mtim, s->before.st_mtim) &&
	    same_time(now.st_ctim, s->before.st_ctim))
		return RC_OK;
	return err_set(e, RC_SKIP, WHY_CORRUPT,
	    "%s changed while it was read: take a copy that nobody writes to",
	    s->path);
}
