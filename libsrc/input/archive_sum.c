/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "input/archive_sum.h"
#include "input/unchanged.h"

void
archive_sum_reset(struct archive_sum *s)
{
	digest_destroy(s->digest);
	s->digest = NULL;
	s->sha256[0] = '\0';
	s->size = 0;
	err_clear(&s->broken);
}

static enum rc
read_and_add(void *ctx, struct span *block, struct err *e)
{
	struct archive_sum *const s = ctx;
	const enum rc rc = stream_next(s->from, block, e);

	if (rc != RC_OK)
		return rc;
	s->size += block->n;
	return digest_add(s->digest, *block, e);
}

enum rc
archive_sum_stream(struct archive_sum *s, struct stream *stream, struct err *e)
{
	archive_sum_reset(s);
	s->from = *stream;
	*stream = (struct stream){ read_and_add, s };
	return digest_create(&s->digest, e);
}

enum rc
archive_sum_stream_end(struct archive_sum *s, struct err *e)
{
	struct span block;
	enum rc rc;

	while ((rc = read_and_add(s, &block, &s->broken)) == RC_OK) {
		if (s->stop != NULL && *s->stop != 0)
			return err_set(e, RC_FATAL, WHY_STOPPED, "interrupted");
		s->read += block.n;
		if (s->progress != NULL)
			s->progress(s->ctx);
	}
	if (rc == RC_FATAL)
		*e = s->broken;
	if (rc != RC_END)
		return rc == RC_FATAL ? RC_FATAL : RC_OK;
	return digest_final_hex(s->digest, s->sha256, e);
}

enum rc
archive_sum_file(struct archive_sum *s, int fd, const char *name, struct err *e)
{
	struct stream_file *f = NULL;
	struct stream stream;

	archive_sum_reset(s);
	if (fstat(fd, &s->before) == -1)
		return err_sys(e, RC_SKIP, "stat %s", name);
	if (!S_ISREG(s->before.st_mode))
		return err_set(
		    e, RC_SKIP, WHY_CORRUPT, "%s is not a regular file", name);
	enum rc rc = stream_file_create(&f, fd, name, e);
	if (rc == RC_OK) {
		stream = stream_of_file(f);
		rc = archive_sum_stream(s, &stream, e);
	}
	if (rc == RC_OK)
		rc = archive_sum_stream_end(s, e);
	s->size = (uint64_t)s->before.st_size;
	stream_file_destroy(f);
	return rc;
}

void
archive_sum_file_end(struct archive_sum *s, int fd, const char *name)
{
	if (s->broken.rc == RC_OK)
		(void)unchanged_check(fd, name, &s->before, &s->broken);
}
