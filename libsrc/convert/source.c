/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "convert/chunk_finder.h"
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

/* Bytes are read again when a chunk was not whole; they are digested once. */
static void
digest_new(struct source *s, struct source_bytes *b)
{
	const uint64_t end = b->off + b->n;

	b->mark = 0;
	if (end <= s->hashed)
		return;
	const size_t known = (size_t)(s->hashed - b->off);
	s->hashed = end;
	if (s->digest != NULL)
		b->mark = digest_thread_add(
		    s->digest, span_of(b->p + known, b->n - known));
}

/* Before the bytes change. */
static enum rc
wait_digest(struct source *s, const struct source_bytes *b, struct err *e)
{
	return s->digest == NULL ? RC_OK
				 : digest_thread_wait(s->digest, b->mark, e);
}

/* The next bytes of the stream, ahead. */
static enum rc
fetch(struct source *s, struct err *e)
{
	struct source_tap *const t = &s->tap;
	enum rc rc = t->ended ? RC_END : RC_OK;

	while (rc == RC_OK && t->ahead.n == 0)
		rc = stream_next(s->stream->from, &t->ahead, e);
	t->ended = rc == RC_END;
	return rc;
}

/* Fill b behind what was carried over. */
static enum rc
fill_from_stream(struct source *s, struct source_bytes *b, struct err *e)
{
	struct source_tap *const t = &s->tap;
	enum rc rc = RC_OK;

	while (b->n < b->cap && (rc = fetch(s, e)) == RC_OK) {
		const size_t room = b->cap - b->n;
		const size_t n = t->ahead.n < room ? t->ahead.n : room;
		memcpy(b->p + b->n, t->ahead.p, n);
		b->n += n;
		t->ahead = span_of(t->ahead.p + n, t->ahead.n - n);
	}
	/* One block further: whether these are the last bytes. */
	return rc == RC_OK ? fetch(s, e) : rc;
}

static enum rc
read_stream(struct source *s, struct source_bytes *b, struct err *e)
{
	struct source_tap *const t = &s->tap;
	const bool failed = t->failed.rc != RC_OK;

	b->off = s->at;
	b->n = t->carried;
	if (b->n != 0)
		memcpy(b->p, s->stream->carry, b->n);
	const enum rc rc = failed ? RC_OK : fill_from_stream(s, b, e);
	if (rc == RC_FATAL)
		return rc;
	if (rc == RC_SKIP)
		t->failed = *e;
	/* Nothing more comes than what came before the failure. */
	if (t->failed.rc != RC_OK && b->n == 0) {
		*e = t->failed;
		return e->rc;
	}
	t->last = span_of(b->p, b->n);
	b->end = t->ended || t->failed.rc != RC_OK;
	b->left = b->end ? b->n : UINT64_MAX;
	if (b->n == 0)
		return RC_END;
	digest_new(s, b);
	return RC_OK;
}

enum rc
source_read(struct source *s, struct source_bytes *b, struct err *e)
{
	if (s->stream != NULL)
		return read_stream(s, b, e);
	/* Not further than the file was when it was opened: one that grows
	 * would never end. */
	const uint64_t size = (uint64_t)s->before.st_size;
	const uint64_t left = s->at < size ? size - s->at : 0;
	const struct io_read r = { s->fd, s->at, b->p,
		left < b->cap ? (size_t)left : b->cap, s->path };

	b->off = s->at;
	b->n = 0;
	if (left == 0)
		return RC_END;
	const enum rc rc = skip(io_pread(&r, &b->n, e), e);
	if (rc == RC_OK)
		digest_new(s, b);
	b->end = b->n < r.n || b->n == left;
	b->left = b->end ? b->n : left;
	return rc == RC_OK && b->n == 0 ? RC_END : rc;
}

void
source_advance(struct source *s, size_t n)
{
	struct source_tap *const t = &s->tap;

	s->at += n;
	if (s->stream == NULL)
		return;
	t->carried = t->last.n - n;
	if (t->carried != 0)
		memcpy(s->stream->carry, t->last.p + n, t->carried);
}

/* A header block that was cut off leaves the first chunk too early. */
static enum rc
read_header(struct source *s, struct err *e)
{
	uint8_t block[CHUNK_FILE_HEADER + CHUNK_HEADER];
	struct source_bytes b = { .p = block, .cap = sizeof(block) };

	const enum rc rc = source_read(s, &b, e);
	if (rc == RC_END)
		return err_set(e, RC_SKIP, WHY_CORRUPT, "%s is empty", s->path);
	if (rc != RC_OK)
		return rc;
	memset(block + b.n, 0, sizeof(block) - b.n);
	chunk_read_file_header(&s->header, span_of(block, CHUNK_FILE_HEADER));
	const size_t chunk = chunk_finder_next(span_of(block, b.n), 0);
	source_advance(s, chunk < CHUNK_FILE_HEADER ? chunk
			  : b.n < CHUNK_FILE_HEADER ? b.n
						    : CHUNK_FILE_HEADER);
	return wait_digest(s, &b, e);
}

static void
start(struct source *s, int fd, const char *name, struct digest_thread *d)
{
	memset(s, 0, sizeof(*s));
	s->path = name;
	s->fd = fd;
	s->digest = d;
}

static enum rc
begin(struct source *s, struct err *e)
{
	const enum rc rc =
	    s->digest == NULL ? RC_OK : digest_thread_restart(s->digest, e);
	return rc == RC_OK ? read_header(s, e) : rc;
}

enum rc
source_open_fd(struct source *s, int fd, const char *name,
    struct digest_thread *d, struct err *e)
{
	start(s, fd, name, d);
	if (fstat(s->fd, &s->before) == -1)
		return err_sys(e, RC_SKIP, "look at %s", name);
	if (!S_ISREG(s->before.st_mode))
		return err_set(
		    e, RC_SKIP, WHY_CORRUPT, "%s is not a regular file", name);
	return begin(s, e);
}

enum rc
source_open(
    struct source *s, const char *path, struct digest_thread *d, struct err *e)
{
	/* Not to hang on a FIFO that took the place of a file. */
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd != -1)
		return source_open_fd(s, fd, path, d, e);
	start(s, fd, path, d);
	return err_sys(e, RC_SKIP, "open %s", path);
}

enum rc
source_open_stream(struct source *s, const struct source_stream *stream,
    const char *name, struct digest_thread *d, struct err *e)
{
	start(s, -1, name, d);
	s->stream = stream;
	return begin(s, e);
}

enum rc
source_point_of(struct source *s, struct source_point *p, struct err *e)
{
	p->at = s->at;
	p->hashed = s->hashed;
	p->header = s->header;
	return digest_thread_save(s->digest, &p->digest, e);
}

/* Read the stream up to an offset; nothing of it is wanted. */
static enum rc
skip_stream(struct source *s, uint64_t to, struct err *e)
{
	uint8_t block[CHUNK_BYTES];
	struct source_bytes b = { .p = block };
	enum rc rc = RC_OK;

	while (rc == RC_OK && s->at < to) {
		const uint64_t left = to - s->at;
		b.cap = left < sizeof(block) ? (size_t)left : sizeof(block);
		if (b.cap < s->tap.carried)
			b.cap = s->tap.carried;
		rc = source_read(s, &b, e);
		if (rc == RC_OK)
			source_advance(s, b.n < left ? b.n : (size_t)left);
	}
	return rc;
}

enum rc
source_resume(struct source *s, const struct source_point *p, struct err *e)
{
	struct digest_thread *const digest = s->digest;
	enum rc rc = RC_OK;

	s->digest = NULL;
	if (s->stream == NULL)
		s->at = p->at;
	else
		rc = skip_stream(s, p->at, e);
	s->digest = digest;
	if (rc == RC_END || (rc == RC_OK && s->at != p->at))
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "%s is shorter than it was when it was read first",
		    s->path);
	if (rc != RC_OK)
		return rc;
	s->hashed = p->hashed;
	s->header = p->header;
	return digest_thread_restore(s->digest, &p->digest, e);
}

bool
source_is_empty(const struct source *s)
{
	if (s->stream != NULL)
		return s->tap.ended && s->hashed == 0;
	return S_ISREG(s->before.st_mode) && s->before.st_size == 0;
}

void
source_close(struct source *s)
{
	if (s->fd != -1)
		(void)close(s->fd);
	s->fd = -1;
}

static bool
same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static enum rc
changed(const char *name, struct err *e)
{
	return err_set(e, RC_SKIP, WHY_CORRUPT,
	    "%s changed while it was read: take a copy that nobody writes to",
	    name);
}

enum rc
source_check_unchanged(
    int fd, const char *name, const struct stat *before, struct err *e)
{
	struct stat now;

	if (fstat(fd, &now) == -1)
		return err_sys(e, RC_SKIP, "look at %s", name);
	return now.st_size == before->st_size &&
		       same_time(now.st_mtim, before->st_mtim) &&
		       same_time(now.st_ctim, before->st_ctim)
		   ? RC_OK
		   : changed(name, e);
}

enum rc
source_finish(struct source *s, char sha256[DIGEST_HEX], struct err *e)
{
	const enum rc rc = s->digest == NULL
			       ? RC_OK
			       : digest_thread_final_hex(s->digest, sha256, e);
	if (rc != RC_OK || s->stream != NULL)
		return rc;
	if (s->hashed != (uint64_t)s->before.st_size)
		return changed(s->path, e);
	return source_check_unchanged(s->fd, s->path, &s->before, e);
}

enum rc
source_digest(const char *path, struct digest_thread *d,
    char sha256[DIGEST_HEX], struct err *e)
{
	uint8_t block[CHUNK_BYTES];
	struct source_bytes b = { .p = block, .cap = sizeof(block) };
	struct source s;

	enum rc rc = source_open(&s, path, d, e);
	while (rc == RC_OK) {
		rc = source_read(&s, &b, e);
		source_advance(&s, b.n);
		if (rc == RC_OK)
			rc = wait_digest(&s, &b, e);
	}
	if (rc == RC_END)
		rc = source_finish(&s, sha256, e);
	source_close(&s);
	return rc;
}
