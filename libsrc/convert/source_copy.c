/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/source_copy.h"
#include "util/io.h"
#include "util/scratch.h"

/* Write a block to the copy, and digest it at the same time. */
static enum rc
write_block(
    const struct source_copy *s, int fd, struct span block, struct err *e)
{
	const uint64_t mark = digest_thread_add(s->digest, block);
	struct err failed;

	const enum rc rc =
	    io_write(fd, block, "the temporary copy of a log", e);
	const enum rc done = digest_thread_wait(s->digest, mark, &failed);
	if (rc != RC_OK || done == RC_OK)
		return rc;
	*e = failed;
	return done;
}

enum rc
source_copy_make(const struct source_copy *s, struct stream from, int *fd,
    char sha256[DIGEST_HEX], struct err *e)
{
	const uint64_t max = s->o->unpack.limits.member;
	uint64_t total = 0;
	struct span block;
	struct err failed;

	enum rc rc = scratch_open(fd, s->dirfd, s->o->scratch, e);
	if (rc == RC_OK)
		rc = digest_thread_restart(s->digest, e);
	if (rc != RC_OK)
		return rc;
	while (rc == RC_OK && (rc = stream_next(from, &block, e)) == RC_OK) {
		total += block.n;
		if (total > max)
			rc = err_set(e, RC_SKIP, WHY_LIMIT,
			    "it has more than %llu bytes (--max-member)",
			    (unsigned long long)max);
		if (rc == RC_OK)
			rc = write_block(s, *fd, block, e);
		if (rc == RC_OK)
			rc = options_check_stop(s->o, e);
	}
	if (rc == RC_FATAL)
		return rc;
	const enum rc done =
	    digest_thread_final_hex(s->digest, sha256, &failed);
	if (done != RC_OK) {
		*e = failed;
		return done;
	}
	return rc == RC_END ? RC_OK : rc;
}
