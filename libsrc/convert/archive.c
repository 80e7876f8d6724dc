/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An archive as a piece of evidence: each source out of it carries the digest
 * of the archive's own bytes, all of them, also those that are no member.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert/archive.h"
#include "input/stream.h"

/* The archive's bytes, on their way to somebody or to nobody. */
struct tap {
	struct intake *r;
	struct stream from;
	struct digest *digest;
	uint64_t bytes;
};

static enum rc
tap_block(void *ctx, struct span *block, struct err *e)
{
	struct tap *const t = ctx;
	const enum rc rc = stream_next(t->from, block, e);

	if (rc != RC_OK)
		return rc;
	t->bytes += block->n;
	return digest_add(t->digest, *block, e);
}

/* All that is left; RC_SKIP: it cannot be read. */
static enum rc
drain(struct tap *t, char sha256[DIGEST_HEX], struct err *e)
{
	struct span block;
	enum rc rc = RC_OK;

	while (rc == RC_OK) {
		rc = options_check_stop(t->r->o, e);
		if (rc == RC_OK)
			rc = tap_block(t, &block, e);
		if (rc == RC_OK)
			progress_add_bytes(t->r->progress, block.n);
	}
	return rc == RC_END ? digest_final_hex(t->digest, sha256, e) : rc;
}

static enum rc
digest_file(struct intake *r, const struct unpack_from *from,
    char sha256[DIGEST_HEX], struct err *e)
{
	struct tap tap = { .r = r };
	struct stream_file *f;

	enum rc rc = stream_file_create(&f, from->fd, from->name, e);
	tap.from = stream_of_file(f);
	if (rc == RC_OK)
		rc = digest_create(&tap.digest, e);
	if (rc == RC_OK && lseek(from->fd, 0, SEEK_SET) == -1)
		rc = err_sys(e, RC_SKIP, "read %s", from->name);
	if (rc == RC_OK)
		rc = drain(&tap, sha256, e);
	digest_destroy(tap.digest);
	stream_file_destroy(f);
	return rc;
}

/* What is wrong with the archive as a whole, unless that was said. */
static enum rc
name_it(struct intake *r, const char *name, struct err *why, struct err *e)
{
	const bool said = strcmp(source_reader_last_name(r->reader), name) == 0;

	if (why->rc == RC_OK || said)
		return RC_OK;
	*e = *why;
	return source_reader_fail(r->reader, name, e);
}

/* List an archive without logs as an empty source. */
static enum rc
keep_empty(struct intake *r, const struct unpack_from *from, uint64_t bytes,
    struct err *e)
{
	r->without_logs++;
	return source_reader_add_empty(r->reader, from->name, bytes, e);
}

/* Its digest is made first, and its members are read even if that fails. */
static enum rc
take_file(struct intake *r, const struct unpack_from *from, struct err *e)
{
	const bool go_on = r->state->point.resumes; /* in one of its members */
	const uint64_t first = sources_count(r->sources);
	char sha256[DIGEST_HEX] = "";
	struct stat before;
	struct err broken;

	err_clear(&broken);
	if (fstat(from->fd, &before) == -1) {
		(void)err_sys(e, RC_SKIP, "look at %s", from->name);
		return source_reader_fail(r->reader, from->name, e);
	}
	if (digest_file(r, from, sha256, &broken) == RC_FATAL) {
		*e = broken;
		return RC_FATAL;
	}
	source_reader_set_archive_digest(r->reader, sha256);
	enum rc rc = members_read(r, from, e);
	if (rc == RC_OK && broken.rc == RC_OK)
		(void)source_check_unchanged(
		    from->fd, from->name, &before, &broken);
	if (rc == RC_OK && broken.rc == RC_OK && !go_on &&
	    sources_count(r->sources) == first)
		return keep_empty(r, from, (uint64_t)before.st_size, e);
	return rc == RC_OK ? name_it(r, from->name, &broken, e) : rc;
}

/* Its digest is known when it has passed. */
static enum rc
take_stream(struct intake *r, const struct unpack_from *from, struct err *e)
{
	const uint64_t first = sources_count(r->sources);
	struct unpack_from tapped = *from;
	struct tap tap = { .r = r, .from = from->stream };
	char sha256[DIGEST_HEX] = "";
	struct err broken;

	err_clear(&broken);
	tapped.stream = (struct stream){ tap_block, &tap };
	enum rc rc = digest_create(&tap.digest, e);
	if (rc == RC_OK)
		rc = members_read(r, &tapped, e);
	if (rc == RC_OK && drain(&tap, sha256, &broken) == RC_FATAL) {
		*e = broken;
		rc = RC_FATAL;
	}
	digest_destroy(tap.digest);
	source_reader_set_archive_digest(r->reader, sha256);
	if (rc == RC_OK && broken.rc == RC_OK &&
	    sources_count(r->sources) == first)
		return keep_empty(r, from, tap.bytes, e);
	if (rc == RC_OK)
		rc = dispatch_drain(r->dispatch, e);
	if (rc == RC_OK)
		rc = sources_set_archive(r->sources, first, sha256, e);
	return rc == RC_OK ? name_it(r, from->name, &broken, e) : rc;
}

enum rc
archive_read(struct intake *r, const struct unpack_from *from, struct err *e)
{
	if (!r->o->digests)
		return members_read(r, from, e);
	const enum rc rc =
	    from->fd != -1 ? take_file(r, from, e) : take_stream(r, from, e);
	source_reader_set_archive_digest(r->reader, "");
	return rc;
}
