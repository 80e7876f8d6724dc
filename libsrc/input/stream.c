/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "input/stream.h"

#define BLOCK_BYTES ((size_t)256 << 10)

struct stream_file {
	int fd;
	const char *name;
	uint8_t bytes[BLOCK_BYTES];
};

enum rc
stream_file_create(
    struct stream_file **fp, int fd, const char *name, struct err *e)
{
	*fp = calloc(1, sizeof(**fp));
	if (*fp == NULL)
		return err_nomem(e);
	(*fp)->fd = fd;
	(*fp)->name = name;
	return RC_OK;
}

void
stream_file_destroy(struct stream_file *f)
{
	free(f);
}

static enum rc
read_file(void *ctx, struct span *block, struct err *e)
{
	struct stream_file *const f = ctx;
	ssize_t n;

	while (
	    (n = read(f->fd, f->bytes, BLOCK_BYTES)) == -1 && errno == EINTR) {
		/* A signal ends the wait for a pipe or a terminal, which may
		 * never have anything to read. */
		if (lseek(f->fd, 0, SEEK_CUR) == (off_t)-1)
			return err_set(e, RC_FATAL, WHY_STOPPED, "interrupted");
	}
	if (n == -1)
		return err_sys(e, RC_SKIP, "read %s", f->name);
	*block = span_of(f->bytes, (size_t)n);
	return n == 0 ? RC_END : RC_OK;
}

struct stream
stream_of_file(struct stream_file *f)
{
	return (struct stream){ read_file, f };
}

struct span
stream_peek_read(
    struct stream_peek *p, struct stream from, uint8_t *to, size_t room)
{
	size_t n = 0;

	memset(p, 0, sizeof(*p));
	p->from = from;
	while (n < room && p->rc == RC_OK) {
		p->rc = stream_next(from, &p->rest, &p->why);
		if (p->rc != RC_OK)
			break;
		const size_t left = room - n;
		const size_t k = p->rest.n < left ? p->rest.n : left;
		memcpy(to + n, p->rest.p, k);
		p->rest = span_of(p->rest.p + k, p->rest.n - k);
		n += k;
	}
	p->head = span_of(to, n);
	return p->head;
}

static enum rc
read_peek(void *ctx, struct span *block, struct err *e)
{
	struct stream_peek *const p = ctx;
	struct span *const kept = p->head.n != 0 ? &p->head : &p->rest;

	if (p->head.n != 0 || (p->rc == RC_OK && p->rest.n != 0)) {
		*block = *kept;
		kept->n = 0;
		return RC_OK;
	}
	if (p->rc == RC_OK)
		return stream_next(p->from, block, e);
	*block = span_of(NULL, 0);
	if (p->rc != RC_END)
		*e = p->why;
	return p->rc;
}

struct stream
stream_of_peek(struct stream_peek *p)
{
	return (struct stream){ read_peek, p };
}
