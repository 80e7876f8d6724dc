/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>

#include "input/peek.h"
#include "util/io.h"

struct span
peek_stream(struct peek *p, struct blocks below, uint8_t *to, size_t room)
{
	size_t n = 0;

	memset(p, 0, sizeof(*p));
	p->below = below;
	while (n < room && p->rc == RC_OK) {
		p->rc = below.next(below.ctx, &p->rest, &p->why);
		if (p->rc != RC_OK)
			break;
		const size_t left = room - n;
		const size_t take = p->rest.n < left ? p->rest.n : left;
		memcpy(to + n, p->rest.p, take);
		p->rest = span_of(p->rest.p + take, p->rest.n - take);
		n += take;
	}
	p->head = span_of(to, n);
	return p->head;
}

enum rc
peek_block(void *peek, struct span *block, struct err *e)
{
	struct peek *const p = peek;
	struct span *const kept = p->head.n != 0 ? &p->head : &p->rest;

	if (p->head.n != 0 || (p->rc == RC_OK && p->rest.n != 0)) {
		*block = *kept;
		kept->n = 0;
		return RC_OK;
	}
	if (p->rc == RC_OK)
		return p->below.next(p->below.ctx, block, e);
	*block = span_of(NULL, 0);
	if (p->rc != RC_END)
		*e = p->why;
	return p->rc;
}

struct span
peek_file(const char *path, int *fd, uint8_t *to, size_t room)
{
	/* Not to hang on a FIFO that took the place of a file. */
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const struct io_read r = { *fd, 0, to, room, path };
	struct err e;
	size_t n = 0;

	if (*fd == -1)
		return span_of(NULL, 0);
	const enum rc rc = io_pread(&r, &n, &e);
	return rc == RC_OK ? span_of(to, n) : span_of(NULL, 0);
}
