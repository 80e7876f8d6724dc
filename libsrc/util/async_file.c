/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util/async_file.h"
#include "util/io.h"
#include "util/pool.h"

#define BLOCKS 4U
/* Each block may belong to another file; the next file may be open, too. */
#define FILES (BLOCKS + 1)
#define PAGE 4096U /* alignment of memory, offsets and sizes for O_DIRECT */
#define HUGE_PAGE ((size_t)2 << 20)

struct file {
	int fd; /* descriptor of the file; -1: not open */
	char name[ASYNC_FILE_NAME_MAX];
	bool direct;      /* the file is open with O_DIRECT */
	uint64_t written; /* number of bytes written to the file so far */
};

struct block {
	uint8_t *p; /* buffer of ASYNC_FILE_BLOCK bytes */
	size_t n;
	struct file *file;
	bool last; /* the file ends with this block */
};

struct async_file {
	struct pool *pool;
	/* Buffers of all blocks, in pages of the usual size and in huge pages.
	 * The latter are used if `large` is set. */
	uint8_t *small_pages;
	uint8_t *huge_pages;
	bool large; /* a whole block was written */
	struct block block[BLOCKS];
	struct file file[FILES]; /* while the thread has blocks of a file, only
				    the thread may use the file */
	size_t now;     /* number of the block that is filled; only grows */
	size_t open;    /* number of the file of that block; only grows */
	struct err err; /* the first failure; while blocks are out, only the
			   thread may use it */
	void *worker;
};

static struct file *
open_file(struct async_file *o)
{
	return &o->file[o->open % FILES];
}

static struct block *
open_block(struct async_file *o)
{
	return &o->block[o->now % BLOCKS];
}

/* --- the thread ----------------------------------------------------------- */

/* Switch O_DIRECT off: the rest of the file goes through the page cache. */
static void
leave_direct(struct file *f)
{
#ifdef O_DIRECT
	if (f->direct)
		(void)fcntl(f->fd, F_SETFL, 0);
#endif
	f->direct = false;
}

static enum rc
write_block(const struct block *b, struct err *e)
{
	struct file *const f = b->file;
	struct span s = span_of(b->p, b->n);

	/* O_DIRECT only writes whole pages; the last block may end inside of a
	 * page. */
	if (b->last)
		leave_direct(f);
	if (f->direct) {
		/* If the direct write fails or is short, the rest goes through
		 * the page cache. */
		const ssize_t n = write(f->fd, s.p, s.n);
		if (n == -1 && errno != EINVAL && errno != EINTR)
			return err_sys(e, RC_FATAL, "write %s", f->name);
		if (n > 0)
			s = span_of(s.p + n, s.n - (size_t)n);
		if (s.n != 0)
			leave_direct(f);
	}
	const enum rc rc = io_write(f->fd, s, f->name, e);
	if (rc == RC_OK && b->last && fsync(f->fd) == -1)
		return err_sys(e, RC_FATAL, "sync %s", f->name);
	if (!f->direct && !b->last)
		io_flush_soon(f->fd, f->written, b->n);
	f->written += b->n;
	return rc;
}

static void
work(void *worker, void *job)
{
	struct async_file *const o = worker;
	const struct block *const b = job;

	if (o->err.rc == RC_OK)
		(void)write_block(b, &o->err);
	if (b->last) {
		(void)close(b->file->fd);
		b->file->fd = -1;
	}
}

/* --- the owner ------------------------------------------------------------ */

/* For each direct write, the kernel looks up all pages of the block, so huge
 * pages are cheaper. But a run that writes little should not touch them. */
static enum rc
allocate(struct async_file *o, struct err *e)
{
	const size_t n = BLOCKS * ASYNC_FILE_BLOCK;

	o->small_pages = aligned_alloc(PAGE, n);
	o->huge_pages = aligned_alloc(HUGE_PAGE, n);
	if (o->small_pages == NULL || o->huge_pages == NULL)
		return err_nomem(e);
#ifdef MADV_HUGEPAGE
	(void)madvise(o->huge_pages, n, MADV_HUGEPAGE);
#endif
	return RC_OK;
}

/* Start to fill the current block. */
static void
empty_block(struct async_file *o)
{
	struct block *const b = open_block(o);
	uint8_t *const buffers = o->large ? o->huge_pages : o->small_pages;

	b->p = buffers + (size_t)(b - o->block) * ASYNC_FILE_BLOCK;
	b->n = 0;
}

enum rc
async_file_create(struct async_file **op, struct err *e)
{
	struct async_file *const o = calloc(1, sizeof(*o));

	*op = NULL;
	if (o == NULL)
		return err_nomem(e);
	o->worker = o;
	for (size_t i = 0; i < FILES; i++)
		o->file[i].fd = -1;
	const enum rc allocated = allocate(o, e);
	const struct pool_options po = {
		.threads = 1,
		.apart = true,
		.slots = BLOCKS,
		.workers = &o->worker,
		.work = work,
	};
	const enum rc rc =
	    allocated == RC_OK ? pool_create(&o->pool, &po, e) : allocated;
	if (rc != RC_OK) {
		async_file_destroy(o);
		return rc;
	}
	*op = o;
	return RC_OK;
}

void
async_file_destroy(struct async_file *o)
{
	if (o == NULL)
		return;
	pool_destroy(o->pool);
	free(o->small_pages);
	free(o->huge_pages);
	for (size_t i = 0; i < FILES; i++) {
		if (o->file[i].fd != -1)
			(void)close(o->file[i].fd);
	}
	free(o);
}

void
async_file_begin(struct async_file *o, int fd, const char *name)
{
	async_file_resume(o, fd, name, 0);
}

void
async_file_resume(
    struct async_file *o, int fd, const char *name, uint64_t written)
{
	struct file *const f = open_file(o);

	f->fd = fd;
	(void)snprintf(f->name, sizeof(f->name), "%s", name);
	f->written = written;
#ifdef O_DIRECT
	f->direct = fcntl(fd, F_SETFL, O_DIRECT) == 0;
#endif
	empty_block(o);
}

/* Submit the current block to the thread and continue with the oldest block. If
 * the thread still writes that one, wait for it. */
static void
turn(struct async_file *o, bool last)
{
	struct block *const b = open_block(o);

	b->file = open_file(o);
	b->last = last;
	o->large = o->large || !last;
	pool_submit(o->pool, b);
	o->now++;
	if (pool_out(o->pool) == BLOCKS)
		(void)pool_take(o->pool);
	empty_block(o);
}

/* Report the thread's failure. While blocks are out, the thread may still write
 * o->err, and the result is RC_OK. */
static enum rc
failure(const struct async_file *o, struct err *e)
{
	if (pool_out(o->pool) != 0 || o->err.rc == RC_OK)
		return RC_OK;
	*e = o->err;
	return e->rc;
}

uint8_t *
async_file_room(struct async_file *o, size_t *n)
{
	const struct block *const b = open_block(o);
	const size_t room = ASYNC_FILE_BLOCK - b->n;

	if (*n > room)
		*n = room;
	return b->p + b->n;
}

enum rc
async_file_fill(struct async_file *o, size_t n, struct err *e)
{
	struct block *const b = open_block(o);

	b->n += n;
	if (b->n == ASYNC_FILE_BLOCK)
		turn(o, false);
	return failure(o, e);
}

enum rc
async_file_add(struct async_file *o, struct span s, struct err *e)
{
	enum rc rc = RC_OK;

	while (rc == RC_OK && s.n != 0) {
		size_t n = s.n;
		uint8_t *const to = async_file_room(o, &n);
		memcpy(to, s.p, n);
		s = span_skip(s, n);
		rc = async_file_fill(o, n, e);
	}
	return rc;
}

enum rc
async_file_end(struct async_file *o, struct err *e)
{
	turn(o, true);
	o->open++;
	return failure(o, e);
}

enum rc
async_file_wait(struct async_file *o, struct err *e)
{
	while (pool_out(o->pool) != 0)
		(void)pool_take(o->pool);
	return failure(o, e);
}

enum rc
async_file_sync(struct async_file *o, struct span *rest, struct err *e)
{
	struct file *const f = open_file(o);

	const enum rc rc = async_file_wait(o, e);
	*rest = span_of(NULL, 0);
	if (rc != RC_OK || f->fd == -1)
		return rc;
	*rest = span_of(open_block(o)->p, open_block(o)->n);
	return fdatasync(f->fd) == -1 ? err_sys(e, RC_FATAL, "sync %s", f->name)
				      : RC_OK;
}
