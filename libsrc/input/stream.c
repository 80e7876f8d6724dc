/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "input/magic.h"
#include "input/stream.h"

#define BLOCK_BYTES ((size_t)256 << 10)

struct stream {
	int fd;
	const char *name;
	size_t head; /* bytes that were looked at and not lent yet */
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
static enum rc
read_some(struct stream *s, size_t at, size_t *got, struct err *e)
{
	const ssize_t n = read(s->fd, s->bytes + at, BLOCK_BYTES - at);

	*got = n < 0 ? 0 : (size_t)n;
	if (n > 0)
		return RC_OK;
	if (n == 0)
		return RC_END;
	return errno == EINTR ? err_set(e, RC_FATAL, WHY_STOPPED, "interrupted")
			      : err_sys(e, RC_SKIP, "read %s", s->name);
}

enum rc
stream_head(struct stream *s, struct span *head, struct err *e)
{
	enum rc rc = RC_OK;
	size_t got;

	while (rc == RC_OK && s->head < MAGIC_BYTES) {
		rc = read_some(s, s->head, &got, e);
		s->head += got;
	}
	*head = span_of(s->bytes, s->head);
	return rc == RC_END ? RC_OK : rc;
}

enum rc
stream_block(void *stream, struct span *block, struct err *e)
{
	struct stream *const s = stream;
	size_t n = s->head;

	s->head = 0;
	const enum rc rc = n != 0 ? RC_OK : read_some(s, 0, &n, e);
	*block = span_of(s->bytes, n);
	return rc;
}
