/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "input/spool.h"
#include "util/io.h"

enum rc
spool_copy(struct spool *s, struct stream from, const char *name,
    struct spool_file *to, struct err *e)
{
	struct span block;

	to->bytes = 0;
	enum rc rc = scratch_open(&to->fd, s->dirfd, s->scratch, e);
	while (rc == RC_OK && (rc = stream_next(from, &block, e)) == RC_OK) {
		if (block.n > s->max - s->used)
			return err_set(e, RC_SKIP, WHY_LIMIT,
			    "%s must be copied to be read, but temporary "
			    "copies may have at most %llu bytes in all "
			    "(--max-spool)",
			    name, (unsigned long long)s->max);
		if (s->stop != NULL && *s->stop != 0)
			return err_set(e, RC_FATAL, WHY_STOPPED, "interrupted");
		to->bytes += block.n;
		s->used += block.n;
		rc = io_write(to->fd, block, "a temporary copy", e);
	}
	return rc == RC_END ? RC_OK : rc;
}

void
spool_close(struct spool *s, struct spool_file *f)
{
	if (f->fd == -1)
		return;
	(void)close(f->fd);
	s->used -= f->bytes;
	*f = (struct spool_file){ -1, 0 };
}
