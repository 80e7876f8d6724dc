/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "stage/sidecar_writer.h"
#include "util/io.h"
#include "util/prefix.h"

#define BLOCK ((size_t)1 << 20)
/* Number of bytes that wait to be written with one call. */
#define WAITING_MAX ((size_t)64 << 10)

static const struct state_field fields[] = {
	STATE_FIELD("report_bytes", STATE_U64, sidecar_writer, sum.bytes),
	STATE_FIELD("report_lines", STATE_U64, sidecar_writer, sum.lines),
	STATE_FIELD("report_state", STATE_BYTES, sidecar_writer, state.bytes),
	STATE_FIELDS_END,
};

enum rc
sidecar_writer_init(struct sidecar_writer *r, const char *name, struct err *e)
{
	*r = (struct sidecar_writer){ .name = name, .fd = -1 };
	buf_init(&r->waiting, WAITING_MAX);
	(void)snprintf(r->sum.name, sizeof(r->sum.name), "%s", name);
	return digest_create(&r->digest, e);
}

void
sidecar_writer_close(struct sidecar_writer *r)
{
	if (r->fd != -1)
		(void)close(r->fd);
	digest_destroy(r->digest);
	buf_reset(&r->waiting);
	r->fd = -1;
	r->digest = NULL;
}

enum rc
sidecar_writer_create(
    struct sidecar_writer *r, const struct staging_dir *f, struct err *e)
{
	if (unlinkat(f->state, r->name, 0) == -1 && errno != ENOENT)
		return err_sys(e, RC_FATAL, "remove state/%s", r->name);
	r->fd = openat(f->state, r->name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return r->fd == -1 ? err_sys(e, RC_FATAL, "create state/%s", r->name)
			   : RC_OK;
}

static uint64_t
count_lines(struct span lines)
{
	const uint8_t *const end = lines.p + lines.n;
	const uint8_t *p = lines.p;
	uint64_t n = 0;

	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		n++;
		p++;
	}
	return n;
}

static enum rc
flush(struct sidecar_writer *r, struct err *e)
{
	const enum rc rc = io_write(r->fd, buf_span(&r->waiting), r->name, e);

	buf_cut(&r->waiting, 0);
	return rc;
}

enum rc
sidecar_writer_add(struct sidecar_writer *r, struct span lines, struct err *e)
{
	if (r->fd == -1 || lines.n == 0)
		return RC_OK;
	assert(lines.p != NULL);
	r->sum.bytes += lines.n;
	r->sum.lines += count_lines(lines);
	enum rc rc = digest_add(r->digest, lines, e);
	if (rc == RC_OK && lines.n > WAITING_MAX - r->waiting.n)
		rc = flush(r, e);
	if (rc != RC_OK)
		return rc;
	if (lines.n >= WAITING_MAX)
		return io_write(r->fd, lines, r->name, e);
	buf_put(&r->waiting, lines);
	return r->waiting.full ? err_nomem(e) : RC_OK;
}

/* Append the first bytes of a file. */
static enum rc
copy_bytes(struct sidecar_writer *r, int fd, uint64_t bytes, struct err *e)
{
	struct buf block;
	enum rc rc = RC_OK;
	size_t got = 0;

	buf_init(&block, BLOCK);
	struct io_read in = {
		.fd = fd, .name = r->name, .p = buf_room(&block, BLOCK)
	};
	if (in.p == NULL)
		rc = err_nomem(e);
	for (; rc == RC_OK && in.off < bytes; in.off += in.n) {
		in.n =
		    bytes - in.off < BLOCK ? (size_t)(bytes - in.off) : BLOCK;
		rc = io_pread(&in, &got, e);
		if (rc == RC_OK && got != in.n)
			rc = err_set(e, RC_FATAL, WHY_TAMPERED,
			    "%s is shorter than the %llu bytes that the "
			    "manifest says",
			    r->name, (unsigned long long)bytes);
		if (rc == RC_OK)
			rc = sidecar_writer_add(r, span_of(in.p, in.n), e);
	}
	buf_reset(&block);
	return rc;
}

enum rc
sidecar_writer_append_to(struct sidecar_writer *r, const struct staging_dir *f,
    const struct sidecar *had, struct err *e)
{
	char sha256[DIGEST_HEX] = "";

	const int fd =
	    openat(f->dir, r->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return err_sys(e, RC_FATAL, "open %s", r->name);
	enum rc rc = sidecar_writer_create(r, f, e);
	if (rc == RC_OK)
		rc = copy_bytes(r, fd, had->bytes, e);
	(void)close(fd);
	if (rc != RC_OK)
		return rc;
	/* Computing the digest ends it, so its state is saved and restored. */
	digest_save(r->digest, &r->state);
	rc = digest_final_hex(r->digest, sha256, e);
	digest_restore(r->digest, &r->state);
	if (rc == RC_OK &&
	    (strcmp(sha256, had->sha256) != 0 || r->sum.lines != had->lines))
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s was changed: its digest or number of lines differs "
		    "from the manifest",
		    r->name);
	return rc;
}

/* --- checkpoints ---------------------------------------------------------- */

enum rc
sidecar_writer_write_state(
    struct sidecar_writer *r, struct state_writer *w, struct err *e)
{
	digest_save(r->digest, &r->state);
	if (flush(r, e) != RC_OK)
		return e->rc;
	if (fsync(r->fd) == -1)
		return err_sys(e, RC_FATAL, "sync state/%s", r->name);
	state_codec_write(w, fields, r);
	return RC_OK;
}

void
sidecar_writer_read_state(struct sidecar_writer *r, struct state_reader *s)
{
	state_codec_read(s, fields, r);
}

enum rc
sidecar_writer_resume(struct sidecar_writer *r, const struct staging_dir *f,
    bool appends, struct err *e)
{
	const struct staging_dir_file file = { f->dir, r->name, appends };
	enum rc rc = staging_dir_reopen(f, &file, &r->fd, e);

	if (rc == RC_OK)
		rc = io_go_back(r->fd, r->sum.bytes, r->name, e);
	const struct prefix prefix = { r->fd, r->name, r->sum.bytes };
	if (rc == RC_OK)
		rc = prefix_check(&prefix, span_of(NULL, 0), &r->state, e);
	digest_restore(r->digest, &r->state);
	return rc;
}

enum rc
sidecar_writer_publish(
    struct sidecar_writer *r, const struct staging_dir *f, struct err *e)
{
	if (flush(r, e) != RC_OK)
		return e->rc;
	if (fsync(r->fd) == -1)
		return err_sys(e, RC_FATAL, "sync %s", r->name);
	if (renameat(f->state, r->name, f->dir, r->name) == -1)
		return err_sys(e, RC_FATAL, "rename %s", r->name);
	const enum rc rc = io_sync_dir(f->dir, r->name, e);
	return rc == RC_OK ? digest_final_hex(r->digest, r->sum.sha256, e) : rc;
}
