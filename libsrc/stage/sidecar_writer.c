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

enum rc
sidecar_writer_init(struct sidecar_writer *r, const char *name, struct err *e)
{
	*r = (struct sidecar_writer){ .name = name, .fd = -1 };
	(void)snprintf(r->sum.name, sizeof(r->sum.name), "%s", name);
	return digest_create(&r->digest, e);
}

void
sidecar_writer_close(struct sidecar_writer *r)
{
	if (r->fd != -1)
		(void)close(r->fd);
	digest_destroy(r->digest);
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
count_lines(struct span s)
{
	uint64_t n = 0;

	assert(s.p != NULL);
	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\n' ? 1 : 0;
	return n;
}

enum rc
sidecar_writer_add(struct sidecar_writer *r, struct span lines, struct err *e)
{
	if (r->fd == -1 || lines.n == 0)
		return RC_OK;
	r->sum.bytes += lines.n;
	r->sum.lines += count_lines(lines);
	const enum rc rc = digest_add(r->digest, lines, e);
	return rc == RC_OK ? io_write(r->fd, lines, r->name, e) : rc;
}

/* --- adding to what is finished ------------------------------------------- */

static enum rc
copy_block(
    struct sidecar_writer *r, struct io_read *in, uint64_t end, struct err *e)
{
	const uint64_t left = end - in->off;
	size_t got = 0;

	in->n = left < BLOCK ? (size_t)left : BLOCK;
	enum rc rc = io_pread(in, &got, e);
	if (rc == RC_OK && got != in->n)
		rc = err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s has not the %llu bytes that the manifest says", r->name,
		    (unsigned long long)end);
	if (rc == RC_OK)
		rc = sidecar_writer_add(r, span_of(in->p, in->n), e);
	in->off += in->n;
	return rc;
}

static enum rc
copy(struct sidecar_writer *r, int fd, uint64_t bytes, struct err *e)
{
	struct buf block;
	enum rc rc = RC_OK;

	buf_init(&block, BLOCK);
	struct io_read in = {
		.fd = fd, .name = r->name, .p = buf_room(&block, BLOCK)
	};
	if (in.p == NULL)
		rc = err_nomem(e);
	while (rc == RC_OK && in.off < bytes)
		rc = copy_block(r, &in, bytes, e);
	buf_reset(&block);
	return rc;
}

static enum rc
check(struct sidecar_writer *r, const struct sidecar *had, struct err *e)
{
	char sha256[DIGEST_HEX];

	digest_save(r->digest, &r->state);
	const enum rc rc = digest_final_hex(r->digest, sha256, e);
	digest_restore(r->digest, &r->state);
	if (rc == RC_OK &&
	    (strcmp(sha256, had->sha256) != 0 || r->sum.lines != had->lines))
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s is not what the manifest says", r->name);
	return rc;
}

enum rc
sidecar_writer_add_to(struct sidecar_writer *r, const struct staging_dir *f,
    const struct sidecar *had, struct err *e)
{
	const int fd =
	    openat(f->dir, r->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd == -1)
		return err_sys(e, RC_FATAL, "open %s", r->name);
	enum rc rc = sidecar_writer_create(r, f, e);
	if (rc == RC_OK)
		rc = copy(r, fd, had->bytes, e);
	if (rc == RC_OK)
		rc = check(r, had, e);
	(void)close(fd);
	return rc;
}

/* --- checkpoints ---------------------------------------------------------- */

static const struct state_field fields[] = {
	STATE_FIELD("report_bytes", STATE_U64, sidecar_writer, sum.bytes),
	STATE_FIELD("report_lines", STATE_U64, sidecar_writer, sum.lines),
	STATE_FIELD("report_state", STATE_BYTES, sidecar_writer, state.bytes),
	STATE_FIELDS_END,
};

enum rc
sidecar_writer_write_state(
    struct sidecar_writer *r, struct state_writer *w, struct err *e)
{
	digest_save(r->digest, &r->state);
	if (fsync(r->fd) == -1)
		return err_sys(e, RC_FATAL, "sync state/%s", r->name);
	state_codec_write(w, fields, r);
	return RC_OK;
}

void
sidecar_writer_read_state(struct sidecar_writer *r, struct state_reader *from)
{
	state_codec_read(from, fields, r);
}

enum rc
sidecar_writer_go_on(struct sidecar_writer *r, const struct staging_dir *f,
    bool added, struct err *e)
{
	const struct staging_dir_place place = { f->dir, r->name, added };
	enum rc rc = staging_dir_take_back(f, &place, &r->fd, e);

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
	if (fsync(r->fd) == -1)
		return err_sys(e, RC_FATAL, "sync %s", r->name);
	if (renameat(f->state, r->name, f->dir, r->name) == -1)
		return err_sys(e, RC_FATAL, "rename %s", r->name);
	const enum rc rc = io_sync_dir(f->dir, r->name, e);
	return rc == RC_OK ? digest_final_hex(r->digest, r->sum.sha256, e) : rc;
}
