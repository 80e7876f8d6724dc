/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "stage/segment_pair.h"
#include "util/io.h"

#define BLOCK (256U << 10)
#define PAGE 4096

/* A segment that is compared with the manifest. */
struct side {
	uint8_t *block; /* buffer of BLOCK bytes */
	size_t n;       /* number of bytes in `block` that are not digested */
	struct digest *digest;
	struct segment_handle open;
	bool reading; /* the file may have more bytes */
	struct scan_sum sum;
};

struct segment_pair {
	struct side side[2];
};

enum rc
segment_pair_create(struct segment_pair **pp, struct err *e)
{
	struct segment_pair *const p = calloc(1, sizeof(*p));
	enum rc rc = p == NULL ? err_nomem(e) : RC_OK;

	*pp = NULL;
	for (size_t i = 0; rc == RC_OK && i < 2; i++) {
		p->side[i].block = aligned_alloc(PAGE, BLOCK);
		rc = p->side[i].block == NULL
			 ? err_nomem(e)
			 : digest_create(&p->side[i].digest, e);
	}
	if (rc != RC_OK) {
		segment_pair_destroy(p);
		return rc;
	}
	*pp = p;
	return RC_OK;
}

void
segment_pair_destroy(struct segment_pair *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < 2; i++) {
		free(p->side[i].block);
		digest_destroy(p->side[i].digest);
	}
	free(p);
}

static void
count_lines(struct scan_sum *sum, struct span block)
{
	const uint8_t *const end = block.p + block.n;
	const uint8_t *p = block.p;

	while (p < end) {
		const uint8_t *const lf = memchr(p, '\n', (size_t)(end - p));
		if (lf == NULL)
			break;
		p = lf + 1;
		sum->lines++;
		sum->whole = sum->bytes + (uint64_t)(p - block.p);
	}
	sum->bytes += block.n;
}

static void
start(struct side *s, const struct segment_file *f, struct err *e)
{
	err_clear(e);
	memset(&s->sum, 0, sizeof(s->sum));
	enum rc rc = segment_file_open(f, &s->open, e);
	if (rc == RC_OK)
		rc = digest_restart(s->digest, e);
	s->reading = rc == RC_OK;
}

static void
read_block(struct side *s, struct err *e)
{
	const struct io_read in = { s->open.lines.fd, s->sum.bytes, s->block,
		BLOCK, s->open.name };

	s->n = 0;
	if (!s->reading)
		return;
	s->reading = io_pread(&in, &s->n, e) == RC_OK && s->n == BLOCK;
	count_lines(&s->sum, span_of(s->block, s->n));
}

static void
end(struct side *s, struct err *e)
{
	if (e->rc == RC_OK &&
	    digest_final_hex(s->digest, s->sum.sha256, e) == RC_OK)
		(void)segment_lines_compare(&s->open.lines, &s->sum, e);
	segment_file_close(&s->open);
}

/* Check two plain segments at once. */
static void
check_both(struct segment_pair *p, const struct segment_file files[2],
    struct err results[2])
{
	struct side *const s = p->side;
	enum rc rc = RC_OK;
	struct err e;

	for (size_t i = 0; i < 2; i++)
		start(&s[i], &files[i], &results[i]);
	while (rc == RC_OK && (s[0].reading || s[1].reading)) {
		for (size_t i = 0; i < 2; i++)
			read_block(&s[i], &results[i]);
		rc = digest_add_both(
		    (struct digest_part[]){
			{ s[0].digest, span_of(s[0].block, s[0].n), NULL },
			{ s[1].digest, span_of(s[1].block, s[1].n), NULL } },
		    &e);
	}
	for (size_t i = 0; i < 2; i++) {
		if (rc != RC_OK && results[i].rc == RC_OK)
			results[i] = e;
		end(&s[i], &results[i]);
	}
}

void
segment_pair_check(struct segment_pair *p, const struct segment_file files[2],
    size_t n, struct err results[2])
{
	if (n == 2 && !files[0].segment->compressed &&
	    !files[1].segment->compressed) {
		check_both(p, files, results);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		err_clear(&results[i]);
		(void)segment_file_scan(&files[i], NULL, &results[i]);
	}
}
