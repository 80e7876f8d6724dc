/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "stage/scan_lines.h"
#include "util/io.h"

#define BLOCK (256U << 10)
#define PAGE 4096

/* A scan in progress. Every block is read to the same address, the start of a
 * page, because the kernel copies fastest to it. The unfinished line at the end
 * of a block is moved to the memory before that address. */
struct scan {
	const struct scan_visit *visit;
	struct digest *digest;
	uint8_t *block;
	size_t kept; /* bytes of the unfinished line before `block` */
	/* Number of bytes of the unfinished line that were dropped. */
	uint64_t cut;
	uint64_t at;    /* offset of the block in the file */
	uint64_t start; /* offset of the current line in the file */
	uint64_t lines; /* number of whole lines so far */
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
read_all(struct scan *c, const struct scan_source *source, struct err *e)
{
	size_t got;
	enum rc rc;

	do {
		rc = source->read(source->arg, c->block, BLOCK, &got, e);
		if (rc == RC_OK)
			rc = put_block(c, got, e);
	} while (rc == RC_OK && got == BLOCK);
	return rc;
}

enum rc
scan_lines_from(const struct scan_source *source,
    const struct scan_visit *visit, struct scan_sum *sum, struct err *e)
{
	uint8_t *const room = aligned_alloc(PAGE, SCAN_LINE_MAX + BLOCK);
	struct scan c = { .visit = visit };

	memset(sum, 0, sizeof(*sum));
	if (room == NULL)
		return err_nomem(e);
	c.block = room + SCAN_LINE_MAX;
	enum rc rc = digest_create(&c.digest, e);
	if (rc == RC_OK)
		rc = read_all(&c, source, e);
	if (rc == RC_OK)
		rc = digest_final_hex(c.digest, sum->sha256, e);
	sum->bytes = c.at;
	sum->lines = c.lines;
	sum->whole = c.start;
	digest_destroy(c.digest);
	free(room);
	return rc;
}

/* A scan_source that reads the first bytes of a file. */
struct part {
	struct io_read in;
	uint64_t left; /* number of bytes of the part that were not read yet */
	bool more;     /* the file has bytes after the part */
};

static enum rc
read_part(void *arg, uint8_t *to, size_t n, size_t *got, struct err *e)
{
	struct part *const part = arg;

	part->in.p = to;
	part->in.n = n;
	const enum rc rc = io_pread(&part->in, got, e);
	if (rc != RC_OK)
		return rc;
	part->more = *got > part->left;
	if (part->more)
		*got = (size_t)part->left;
	part->left -= *got;
	part->in.off += *got;
	return RC_OK;
}

enum rc
scan_lines_part(const struct scan_part *part, const struct scan_visit *visit,
    struct scan_sum *sum, struct err *e)
{
	struct part p = { .in = { .fd = part->fd, .name = part->name },
		.left = part->bytes };
	const struct scan_source source = { read_part, &p };
	const enum rc rc = scan_lines_from(&source, visit, sum, e);

	sum->more = p.more;
	return rc;
}

enum rc
scan_lines(int fd, const char *name, const struct scan_visit *visit,
    struct scan_sum *sum, struct err *e)
{
	const struct scan_part all = { fd, name, UINT64_MAX };

	return scan_lines_part(&all, visit, sum, e);
}
