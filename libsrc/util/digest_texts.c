/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "util/digest_lanes.h"
#include "util/digest_texts.h"

#define BLOCK ((size_t)DIGEST_LANES_BLOCK)
#define LENGTH_BYTES 8U /* size of the length field in the padding */

/* A text in a lane. First its whole blocks are processed, then, unless the text
 * is padded, the one or two blocks with its last bytes and the padding. */
struct lane {
	struct digest_text *text; /* text of the lane; NULL: the lane is free */
	uint32_t h[8];
	const uint8_t *p; /* next block of the text */
	size_t blocks;    /* number of blocks from p on */
	/* Last bytes of the text and the padding. */
	uint8_t end[BLOCK + DIGEST_TEXTS_PADDING];
	size_t end_blocks; /* number of blocks in `end`; 0: p is in `end` */
};

/* The texts that are in no lane yet. */
struct queue {
	struct digest_text *next;
	size_t n;
};

_Static_assert(DIGEST_TEXTS_PADDING == BLOCK + LENGTH_BYTES,
    "the padding has a 1 bit, 0 bits up to the next block, and the length");

/* Write a number with its highest byte first. */
static inline void
put_word(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

size_t
digest_texts_pad(uint8_t *end, size_t n)
{
	const size_t zeros = BLOCK - (n + LENGTH_BYTES) % BLOCK;
	const uint64_t bits = (uint64_t)n * 8;

	memset(end, 0, DIGEST_TEXTS_PADDING);
	end[0] = 0x80;
	put_word(end + zeros, (uint32_t)(bits >> 32));
	put_word(end + zeros + 4, (uint32_t)bits);
	return zeros + LENGTH_BYTES;
}

/* Copy the last bytes of the text to l->end and add the padding. */
static void
put_end(struct lane *l, struct span text)
{
	const size_t rest = text.n % BLOCK;

	if (rest != 0)
		memcpy(l->end, text.p + text.n - rest, rest);
	l->end_blocks =
	    (rest + digest_texts_pad(l->end + rest, text.n)) / BLOCK;
}

static void
put_sum(struct lane *l)
{
	for (size_t i = 0; i < DIGEST_BYTES / 4; i++)
		put_word(l->text->sum + 4 * i, l->h[i]);
}

/* The number of blocks of a text with its padding. */
static size_t
padded_blocks(size_t n)
{
	return (n + LENGTH_BYTES) / BLOCK + 1;
}

static void
start_text(struct lane *l, struct queue *q)
{
	/* The initial hash value of FIPS 180-4, section 5.3.3. */
	static const uint32_t initial[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372,
		0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

	l->text = NULL;
	if (q->n == 0)
		return;
	l->text = q->next++;
	q->n--;
	memcpy(l->h, initial, sizeof(l->h));
	l->p = l->text->text.p;
	l->blocks = l->text->text.n / BLOCK;
	l->end_blocks = 0;
	if (!l->text->padded)
		put_end(l, l->text->text);
	else
		l->blocks = padded_blocks(l->text->text.n);
}

/* If the lane has no blocks left, continue with the end of its text, or finish
 * the text and start the next one. l->text is NULL after the last text. */
static void
refill(struct lane *l, struct queue *q)
{
	while (l->text != NULL && l->blocks == 0) {
		if (l->end_blocks != 0) {
			l->p = l->end;
			l->blocks = l->end_blocks;
			l->end_blocks = 0;
		} else {
			put_sum(l);
			start_text(l, q);
		}
	}
}

static void
run_lanes(struct lane *a, struct lane *b, size_t n)
{
	digest_lanes_two(&(struct digest_lane){ a->h, a->p, NULL },
	    &(struct digest_lane){ b->h, b->p, NULL }, n);
	a->p += n * BLOCK;
	a->blocks -= n;
	b->p += n * BLOCK;
	b->blocks -= n;
}

/* Process the last text. */
static void
run_alone(struct lane *l)
{
	digest_lanes_one(&(struct digest_lane){ l->h, l->p, NULL }, l->blocks);
	l->blocks = 0;
}

static void
run_texts(struct queue *q)
{
	struct lane a;
	struct lane b;

	start_text(&a, q);
	start_text(&b, q);
	for (;;) {
		refill(&a, q);
		refill(&b, q);
		if (a.text == NULL && b.text == NULL)
			return;
		if (a.text == NULL)
			run_alone(&b);
		else if (b.text == NULL)
			run_alone(&a);
		else
			run_lanes(
			    &a, &b, a.blocks < b.blocks ? a.blocks : b.blocks);
	}
}

enum rc
digest_texts(struct digest_text *texts, size_t n, bool lanes, struct err *e)
{
	enum rc rc = RC_OK;

	if (lanes) {
		run_texts(&(struct queue){ texts, n });
		return RC_OK;
	}
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = digest_once(texts[i].text, texts[i].sum, e);
	return rc;
}
