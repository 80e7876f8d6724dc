/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams whose digest must be known before their first line is written.
 */
#include "convert/inner.h"
#include "util/io.h"
#include "util/scratch.h"

/* The digest goes on while the block is written. */
static enum rc
put_block(struct run *r, int fd, struct span block, struct err *e)
{
	const uint64_t mark = digest_thread_add(r->digest, block);
	struct err late;

	enum rc rc = io_write(fd, block, "the temporary copy of a log", e);
	const enum rc done = digest_thread_wait(r->digest, mark, &late);
	if (rc == RC_OK && done != RC_OK) {
		*e = late;
		rc = done;
	}
	return rc;
}

static enum rc
put_blocks(
    struct run *r, const struct source_stream *stream, int fd, struct err *e)
{
	const uint64_t max = r->o->unpack.limits.member;
	uint64_t total = 0;
	struct span block;
	enum rc rc;

	while ((rc = stream_next(stream->from, &block, e)) == RC_OK) {
		total += block.n;
		if (total > max)
			return err_set(e, RC_SKIP, WHY_LIMIT,
			    "it has more than %llu bytes (--max-member)",
			    (unsigned long long)max);
		rc = put_block(r, fd, block, e);
		if (rc == RC_OK)
			rc = convert_check_stop(r, e);
		if (rc != RC_OK)
			return rc;
	}
	return rc;
}

enum rc
spool_stream(struct run *r, const struct source_stream *stream, int *fd,
    char sha256[DIGEST_HEX], struct err *e)
{
	struct err late;

	enum rc rc = scratch_open(fd, writer_state(r->out), r->o->scratch, e);
	if (rc == RC_OK)
		rc = digest_thread_restart(r->digest, e);
	if (rc != RC_OK)
		return rc;
	rc = put_blocks(r, stream, *fd, e);
	if (rc == RC_FATAL)
		return rc;
	const enum rc done = digest_thread_final_hex(r->digest, sha256, &late);
	if (done != RC_OK) {
		*e = late;
		return done;
	}
	return rc == RC_END ? RC_OK : rc;
}
