/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "convert/chunk_finder.h"
#include "convert/source.h"
#include "input/unchanged.h"
#include "util/io.h"

/* --- reading -------------------------------------------------------------- */

/* Digest the bytes that are new. Bytes of an incomplete chunk are read again
 * with the next bytes. */
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

/* Wait until the bytes that were read last are digested, before they are
 * changed. */
static enum rc
wait_digest(struct source *s, const struct source_bytes *b, struct err *e)
{
	return s->digest == NULL ? RC_OK
				 : digest_thread_wait(s->digest, b->mark, e);
}

/* Get the next block of the stream if `ahead` is empty; RC_END at the end of
 * the stream. */
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

static enum rc
read_stream(struct source *s, struct source_bytes *b, struct err *e)
{
	struct source_tap *const t = &s->tap;
	enum rc rc = RC_OK;

	b->off = s->at;
	b->n = t->carried;
	if (b->n != 0)
		memcpy(b->p, s->stream->carry, b->n);
	if (t->failed.rc == RC_OK) {
		while (b->n < b->cap && (rc = fetch(s, e)) == RC_OK) {
			const size_t room = b->cap - b->n;
			const size_t n = t->ahead.n < room ? t->ahead.n : room;
			memcpy(b->p + b->n, t->ahead.p, n);
			b->n += n;
			t->ahead = span_of(t->ahead.p + n, t->ahead.n - n);
		}
		/* Find out whether the stream has ended, so that these are the
		 * last bytes. */
		rc = rc == RC_OK ? fetch(s, e) : rc;
		if (rc == RC_FATAL)
			return rc;
		if (rc == RC_SKIP)
			t->failed = *e;
	}
	const bool failed = t->failed.rc != RC_OK;
	if (failed && b->n == 0) {
		*e = t->failed;
		return e->rc;
	}
	b->end = t->ended || failed;
	b->left = b->end ? b->n : UINT64_MAX;
	if (b->n == 0)
		return RC_END;
	t->last = span_of(b->p, b->n);
	digest_new(s, b);
	return RC_OK;
}

/* Read bytes of a file, up to the size that it had when it was opened: a
 * growing file might never end. */
static enum rc
read_file(struct source *s, struct source_bytes *b, struct err *e)
{
	const uint64_t size = (uint64_t)s->before.st_size;
	const uint64_t left = s->at < size ? size - s->at : 0;
	const struct io_read r = { s->fd, s->at, b->p,
		left < b->cap ? (size_t)left : b->cap, s->path };

	b->off = s->at;
	b->n = 0;
	if (left == 0)
		return RC_END;
	/* Skip a file that cannot be read; the run continues. */
	if (io_pread(&r, &b->n, e) != RC_OK) {
		e->rc = RC_SKIP;
		return RC_SKIP;
	}
	digest_new(s, b);
	b->end = b->n < r.n || b->n == left;
	b->left = b->end ? b->n : left;
	return b->n == 0 ? RC_END : RC_OK;
}

enum rc
source_read(struct source *s, struct source_bytes *b, struct err *e)
{
	return s->stream != NULL ? read_stream(s, b, e) : read_file(s, b, e);
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
	t->last = span_of(NULL, 0);
}

/* --- start and end -------------------------------------------------------- */

size_t
source_read_header(struct chunk_file_header *h, struct span head)
{
	uint8_t block[CHUNK_FILE_HEADER] = { 0 };
	size_t at = chunk_finder_next(head, 0);

	if (at > CHUNK_FILE_HEADER)
		at = CHUNK_FILE_HEADER;
	if (head.n >= CHUNK_FILE_HEADER) {
		chunk_read_file_header(h, span_of(head.p, CHUNK_FILE_HEADER));
		return at;
	}
	if (head.n != 0)
		memcpy(block, head.p, head.n);
	chunk_read_file_header(h, span_of(block, sizeof(block)));
	return at;
}

static enum rc
begin(struct source *s, struct err *e)
{
	uint8_t block[CHUNK_FILE_HEADER + CHUNK_HEADER];
	struct source_bytes b = { .p = block, .cap = sizeof(block) };

	enum rc rc =
	    s->digest == NULL ? RC_OK : digest_thread_restart(s->digest, e);
	if (rc == RC_OK)
		rc = source_read(s, &b, e);
	if (rc == RC_END)
		return err_set(e, RC_SKIP, WHY_CORRUPT, "%s is empty", s->path);
	if (rc != RC_OK)
		return rc;
	source_advance(s, source_read_header(&s->header, span_of(b.p, b.n)));
	return wait_digest(s, &b, e);
}

enum rc
source_open_fd(struct source *s, int fd, const char *name,
    struct digest_thread *d, struct err *e)
{
	*s = (struct source){ .path = name, .fd = fd, .digest = d };
	if (fstat(s->fd, &s->before) == -1)
		return err_sys(e, RC_SKIP, "stat %s", name);
	if (!S_ISREG(s->before.st_mode))
		return err_set(
		    e, RC_SKIP, WHY_CORRUPT, "%s is not a regular file", name);
	return begin(s, e);
}

enum rc
source_open(
    struct source *s, const char *path, struct digest_thread *d, struct err *e)
{
	/* O_NONBLOCK: do not hang on a FIFO that has replaced the file. */
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd != -1)
		return source_open_fd(s, fd, path, d, e);
	*s = (struct source){ .path = path, .fd = -1, .digest = d };
	return err_sys(e, RC_SKIP, "open %s", path);
}

enum rc
source_open_stream(struct source *s, const struct source_stream *stream,
    const char *name, struct digest_thread *d, struct err *e)
{
	*s = (struct source){
		.path = name, .fd = -1, .stream = stream, .digest = d
	};
	return begin(s, e);
}

void
source_close(struct source *s)
{
	if (s->fd != -1)
		(void)close(s->fd);
	s->fd = -1;
}

bool
source_is_empty(const struct source *s)
{
	if (s->stream != NULL)
		return s->tap.ended && s->hashed == 0;
	return S_ISREG(s->before.st_mode) && s->before.st_size == 0;
}

enum rc
source_finish(struct source *s, char sha256[DIGEST_HEX], struct err *e)
{
	struct stat read = s->before;

	const enum rc rc = s->digest == NULL
			       ? RC_OK
			       : digest_thread_final_hex(s->digest, sha256, e);
	if (rc != RC_OK || s->stream != NULL)
		return rc;
	/* Fewer bytes were read than the file had if it was truncated
	 * meanwhile. */
	read.st_size = (off_t)s->hashed;
	return unchanged_check(s->fd, s->path, &read, e);
}

/* --- in parts ------------------------------------------------------------- */

enum rc
source_point_of(struct source *s, struct source_point *p, struct err *e)
{
	p->at = s->at;
	p->hashed = s->hashed;
	p->header = s->header;
	return digest_thread_save(s->digest, &p->digest, e);
}

/* Read the stream up to an offset, without digesting it. */
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
		    "%s is shorter than on the first read", s->path);
	if (rc != RC_OK)
		return rc;
	s->hashed = p->hashed;
	s->header = p->header;
	return digest_thread_restore(s->digest, &p->digest, e);
}

/* Read an open source to its end and make its digest. */
static enum rc
digest_all(struct source *s, char sha256[DIGEST_HEX], struct err *e)
{
	uint8_t block[CHUNK_BYTES];
	struct source_bytes b = { .p = block, .cap = sizeof(block) };
	enum rc rc = RC_OK;

	while (rc == RC_OK) {
		rc = source_read(s, &b, e);
		if (rc != RC_OK)
			break;
		source_advance(s, b.n);
		rc = wait_digest(s, &b, e);
	}
	return rc == RC_END ? source_finish(s, sha256, e) : rc;
}

enum rc
source_digest(const char *path, struct digest_thread *d,
    char sha256[DIGEST_HEX], struct err *e)
{
	struct source s;

	enum rc rc = source_open(&s, path, d, e);
	if (rc == RC_OK)
		rc = digest_all(&s, sha256, e);
	source_close(&s);
	return rc;
}

enum rc
source_digest_fd(int fd, const char *name, struct digest_thread *d,
    char sha256[DIGEST_HEX], struct err *e)
{
	struct source s;

	const enum rc rc = source_open_fd(&s, fd, name, d, e);
	return rc == RC_OK ? digest_all(&s, sha256, e) : rc;
}
