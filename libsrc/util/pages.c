/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/io.h"
#include "util/pages.h"
#include "util/scratch.h"

/* A place in the cache. The cache is direct-mapped: the number of a page
 * determines its place. */
struct page {
	uint64_t number; /* number of the page plus 1; 0: the place is free */
	bool dirty;
	uint8_t bytes[PAGES_BYTES];
};

struct pages {
	struct pages_options o;
	char label[64]; /* name of the file in messages */
	int fd;         /* descriptor of the file; -1: not created yet */
	struct page *cache;
};

enum rc
pages_create(struct pages **pp, const struct pages_options *o, struct err *e)
{
	struct pages *const p = calloc(1, sizeof(*p));

	*pp = p;
	if (p == NULL)
		return err_nomem(e);
	p->o = *o;
	(void)snprintf(p->label, sizeof(p->label), "%s%s",
	    o->name == NULL ? "a temporary file" : "state/",
	    o->name == NULL ? "" : o->name);
	p->fd = -1;
	p->cache = calloc(o->cached, sizeof(*p->cache));
	if (p->cache == NULL)
		return err_nomem(e);
	if (!o->resumes)
		return RC_OK;
	assert(o->name != NULL);
	p->fd = openat(o->dirfd, o->name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	return p->fd == -1 ? err_sys(e, RC_FATAL, "open %s", p->label) : RC_OK;
}

void
pages_destroy(struct pages *p)
{
	if (p == NULL)
		return;
	if (p->fd != -1)
		(void)close(p->fd);
	free(p->cache);
	free(p);
}

/* Create the file if it is not open yet. An existing named file was left by a
 * run that was killed before its first checkpoint; it is replaced. */
static enum rc
open_file(struct pages *p, struct err *e)
{
	if (p->fd != -1)
		return RC_OK;
	if (p->o.name == NULL)
		return scratch_open(&p->fd, p->o.dirfd, p->o.scratch, e);
	if (unlinkat(p->o.dirfd, p->o.name, 0) == -1 && errno != ENOENT)
		return err_sys(e, RC_FATAL, "remove %s", p->label);
	p->fd = openat(p->o.dirfd, p->o.name,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return p->fd == -1 ? err_sys(e, RC_FATAL, "create %s", p->label)
			   : RC_OK;
}

static enum rc
write_back(struct pages *p, struct page *page, struct err *e)
{
	const off_t at = (off_t)((page->number - 1) * PAGES_BYTES);
	enum rc rc = RC_OK;

	if (!page->dirty)
		return RC_OK;
	rc = open_file(p, e);
	for (size_t done = 0; rc == RC_OK && done < PAGES_BYTES;) {
		const ssize_t n = pwrite(p->fd, page->bytes + done,
		    PAGES_BYTES - done, at + (off_t)done);
		if (n == -1 && errno != EINTR)
			rc = err_sys(e, RC_FATAL, "write %s", p->label);
		done += n > 0 ? (size_t)n : 0;
	}
	page->dirty = rc != RC_OK;
	return rc;
}

/* Read a page into its place in the cache. A changed page that is there is
 * written back first. */
static enum rc
fetch(struct pages *p, uint64_t number, struct page **found, struct err *e)
{
	struct page *const page = &p->cache[number % p->o.cached];
	size_t got = 0;

	*found = page;
	if (page->number == number + 1)
		return RC_OK;
	enum rc rc = write_back(p, page, e);
	page->number = 0;
	const struct io_read in = { p->fd, number * PAGES_BYTES, page->bytes,
		PAGES_BYTES, p->label };
	if (rc == RC_OK && p->fd != -1)
		rc = io_pread(&in, &got, e);
	memset(page->bytes + got, 0, PAGES_BYTES - got);
	if (rc == RC_OK)
		page->number = number + 1;
	return rc;
}

/* The number of bytes that a range of n bytes at an offset has in its first
 * page. */
static size_t
in_page(uint64_t off, size_t n)
{
	const size_t left = PAGES_BYTES - (size_t)(off % PAGES_BYTES);

	return n < left ? n : left;
}

enum rc
pages_read(struct pages *p, uint64_t off, void *to, size_t n, struct err *e)
{
	uint8_t *at = to;
	struct page *page;

	while (n != 0) {
		const size_t part = in_page(off, n);
		if (fetch(p, off / PAGES_BYTES, &page, e) != RC_OK)
			return e->rc;
		memcpy(at, page->bytes + off % PAGES_BYTES, part);
		at += part;
		off += part;
		n -= part;
	}
	return RC_OK;
}

enum rc
pages_write(struct pages *p, uint64_t off, struct span bytes, struct err *e)
{
	struct page *page;

	while (bytes.n != 0) {
		const size_t part = in_page(off, bytes.n);
		if (fetch(p, off / PAGES_BYTES, &page, e) != RC_OK)
			return e->rc;
		memcpy(page->bytes + off % PAGES_BYTES, bytes.p, part);
		page->dirty = true;
		off += part;
		bytes = span_skip(bytes, part);
	}
	return RC_OK;
}

enum rc
pages_sync(struct pages *p, struct err *e)
{
	enum rc rc = open_file(p, e);

	for (size_t i = 0; rc == RC_OK && i < p->o.cached; i++) {
		if (p->cache[i].number != 0)
			rc = write_back(p, &p->cache[i], e);
	}
	if (rc == RC_OK && fsync(p->fd) == -1)
		return err_sys(e, RC_FATAL, "sync %s", p->label);
	return rc;
}
