/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "input/nested.h"
#include "util/io.h"
#include "util/scratch.h"

void
nested_look(struct nested *n, struct stream from)
{
	const struct span head =
	    stream_peek_read(&n->peek, from, n->head, sizeof(n->head));

	n->magic = magic_of(head);
	n->log = magic_is_evtx(head);
	n->first = head;
	n->fd = -1;
	n->copied = 0;
}

struct stream
nested_stream(struct nested *n)
{
	return stream_of_peek(&n->peek);
}

static enum rc
copy_block(struct nested *n, struct nested_spool *spool, const char *name,
    struct span block, struct err *e)
{
	if (block.n > spool->max - spool->used)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "%s must be copied to be read, and has more than %llu "
		    "bytes (--max-spool)",
		    name, (unsigned long long)spool->max);
	if (spool->stop != NULL && *spool->stop != 0)
		return err_set(e, RC_FATAL, WHY_STOPPED, "interrupted");
	n->copied += block.n;
	spool->used += block.n;
	return io_write(n->fd, block, "the temporary copy of an archive", e);
}

static enum rc
copy(struct nested *n, struct nested_spool *spool, const char *name,
    struct err *e)
{
	const struct stream from = nested_stream(n);
	struct span block;

	enum rc rc = scratch_open(&n->fd, spool->dirfd, spool->scratch, e);
	while (rc == RC_OK) {
		rc = stream_next(from, &block, e);
		if (rc == RC_OK)
			rc = copy_block(n, spool, name, block, e);
	}
	return rc == RC_END ? RC_OK : rc;
}

enum rc
nested_open(struct nested *n, struct nested_spool *spool,
    struct unpack_from *from, struct err *e)
{
	enum rc rc = RC_OK;

	if (n->magic == MAGIC_SEVENZIP)
		rc = copy(n, spool, from->name, e);
	from->fd = n->fd;
	from->compressed = n->magic == MAGIC_COMPRESSED;
	from->stream = nested_stream(n);
	return rc;
}

void
nested_close(struct nested *n, struct nested_spool *spool)
{
	if (n->fd != -1)
		(void)close(n->fd);
	n->fd = -1;
	spool->used -= n->copied;
	n->copied = 0;
}
