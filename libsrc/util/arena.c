/* SPDX-License-Identifier: Apache-2.0 */
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "util/arena.h"

/* Bounds of the size of a block in bytes. Within them, each new block is as
 * large as all blocks before it together, so small arenas stay small. */
#define BLOCK_MIN ((size_t)4 * 1024)
#define BLOCK_MAX ((size_t)64 * 1024)
#define ALIGN alignof(max_align_t)

struct arena_block {
	struct arena_block *next;
	size_t cap;
	size_t n;
	alignas(max_align_t) unsigned char data[];
};

void
arena_init(struct arena *a, size_t max)
{
	memset(a, 0, sizeof(*a));
	a->max = max;
}

void
arena_reset(struct arena *a)
{
	for (struct arena_block *b = a->first; b != NULL; b = b->next)
		b->n = 0;
	a->now = a->first;
	a->used = 0;
}

void
arena_free(struct arena *a)
{
	struct arena_block *next;

	for (struct arena_block *b = a->first; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	arena_init(a, a->max);
}

/* Find or allocate a block after the current one, with room for n bytes. */
static struct arena_block *
next_block(struct arena *a, size_t n)
{
	while (a->now != NULL && a->now->next != NULL) {
		a->now = a->now->next;
		if (n <= a->now->cap - a->now->n)
			return a->now;
	}
	size_t cap = a->used < BLOCK_MIN ? BLOCK_MIN : a->used;
	if (cap > BLOCK_MAX)
		cap = BLOCK_MAX;
	if (cap < n)
		cap = n;
	struct arena_block *const b = malloc(sizeof(*b) + cap);
	if (b == NULL)
		return NULL;
	b->next = NULL;
	b->cap = cap;
	b->n = 0;
	if (a->now != NULL)
		a->now->next = b;
	else
		a->first = b;
	a->now = b;
	return b;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	struct arena_block *b = a->now;

	if (n > a->max - a->used)
		return NULL;
	n = (n + ALIGN - 1) / ALIGN * ALIGN;
	if (n > a->max - a->used)
		return NULL;
	if (b == NULL || n > b->cap - b->n)
		b = next_block(a, n);
	if (b == NULL)
		return NULL;
	void *const p = b->data + b->n;
	b->n += n;
	a->used += n;
	memset(p, 0, n);
	return p;
}

struct span
arena_copy(struct arena *a, struct span s)
{
	uint8_t *const p = arena_alloc(a, s.n + 1);

	if (p == NULL)
		return span_of(NULL, 0);
	if (s.n != 0)
		memcpy(p, s.p, s.n);
	return span_of(p, s.n);
}
