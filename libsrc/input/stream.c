/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "input/stream.h"

#define BLOCK_BYTES ((size_t)256 << 10)

struct stream {
	int fd;
	const char *name;
	uint8_t bytes[BLOCK_BYTES];
};

enum rc
stream_create(struct stream **sp, int fd, const char *name, struct err *e)
{
	*sp = calloc(1, sizeof(**sp));
	if (*sp == NULL)
		return err_nomem(e);
	(*sp)->fd = fd;
	(*sp)->name = name;
	return RC_OK;
}

void
stream_destroy(struct stream *s)
{
	free(s);
}

/* A signal that is caught ends the run: nobody may be writing any more. */
enum rc
stream_block(void *stream, struct span *block, struct err *e)
{
	struct stream *const s = stream;
	const ssize_t n = read(s->fd, s->bytes, BLOCK_BYTES);

	*block = span_of(s->bytes, n < 0 ? 0 : (size_t)n);
	if (n > 0)
		return RC_OK;
	if (n == 0)
		return RC_END;
	return errno == EINTR ? err_set(e, RC_FATAL, WHY_STOPPED, "interrupted")
			      : err_sys(e, RC_SKIP, "read %s", s->name);
}
