/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "stage/scan_lines.h"
#include "util/io.h"

#define BLOCK (256U << 10)
#define PAGE 4096

/* The kernel copies fastest to the start of a page, so every block is read to
 * the same address, and the unfinished line before it is moved in front. */
struct scan {
	const struct scan_visit *visit;
	struct digest *digest;
	uint8_t *block;
	size_t kept;  /* bytes of the unfinished line in front of the block, */
	uint64_t cut; /* and of its bytes that were dropped */
	uint64_t at;  /* of the block in the file */
	uint64_t start; /* of the line */
	uint64_t lines;
	uint64_t left; /* bytes of the part that are not read yet */
	bool more;     /* the file has bytes after the part */
};

static enum rc
put_line(struct scan *c, const uint8_t *p, const uint8_t *lf, struct err *e)
{
	const size_t held = (size_t)(lf - p);
	const struct scan_line line = { c->start, held + c->cut,
		span_of(p, held < SCAN_LINE_MAX ? held : SCAN_LINE_MAX) };
	const enum rc rc =
	    c->visit == NULL ? RC_OK : c->visit->line(c->visit->arg, &line, e);

	c->lines++;
	c->start += line.length + 1;
	c->cut = 0;
	return rc;
}

static void
keep_rest(struct scan *c, const uint8_t *p, const uint8_t *end)
{
	size_t rest = (size_t)(end - p);

	if (rest > SCAN_LINE_MAX) {
		c->cut += rest - SCAN_LINE_MAX;
		rest = SCAN_LINE_MAX;
	}
	memmove(c->block - rest, p, rest);
	c->kept = rest;
}

static enum rc
put_block(struct scan *c, size_t got, struct err *e)
{
	const uint8_t *const end = c->block + got;
	const uint8_t *p = c->block - c->kept;
	const uint8_t *from = c->block;

	while (from < end) {
		const uint8_t *const lf =
		    memchr(from, '\n', (size_t)(end - from));
		if (lf == NULL)
			break;
		const enum rc rc = put_line(c, p, lf, e);
		if (rc != RC_OK)
			return rc;
		p = lf + 1;
		from = p;
	}
	keep_rest(c, p, end);
	c->at += got;
	return digest_add(c->digest, span_of(c->block, got), e);
}

static enum rc
read_all(struct scan *c, struct io_read *in, struct err *e)
{
	size_t got = 0;

	do {
		in->off = c->at;
		enum rc rc = io_pread(in, &got, e);
		c->more = got > c->left;
		const size_t part = c->more ? (size_t)c->left : got;
		c->left -= part;
		if (rc == RC_OK)
			rc = put_block(c, part, e);
		if (rc != RC_OK)
			return rc;
	} while (got == in->n && !c->more);
	return RC_OK;
}

enum rc
scan_lines_part(const struct scan_part *part, const struct scan_visit *visit,
    struct scan_sum *sum, struct err *e)
{
	uint8_t *const room = aligned_alloc(PAGE, SCAN_LINE_MAX + BLOCK);
	struct scan c = { .visit = visit, .left = part->bytes };

	memset(sum, 0, sizeof(*sum));
	if (room == NULL)
		return err_nomem(e);
	c.block = room + SCAN_LINE_MAX;
	struct io_read in = { part->fd, 0, c.block, BLOCK, part->name };
	enum rc rc = digest_create(&c.digest, e);
	if (rc == RC_OK)
		rc = read_all(&c, &in, e);
	if (rc == RC_OK)
		rc = digest_final_hex(c.digest, sum->sha256, e);
	sum->bytes = c.at;
	sum->lines = c.lines;
	sum->whole = c.start;
	sum->more = c.more;
	digest_destroy(c.digest);
	free(room);
	return rc;
}

enum rc
scan_lines(int fd, const char *name, const struct scan_visit *visit,
    struct scan_sum *sum, struct err *e)
{
	const struct scan_part all = { fd, name, UINT64_MAX };

	return scan_lines_part(&all, visit, sum, e);
}
