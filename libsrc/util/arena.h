/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An arena: memory that is given out piece by piece and taken back all at
 * once. Blocks are kept over a reset, so a worker that resets its arena for
 * each record stops allocating after the first ones.
 */
#ifndef UTIL_ARENA_H
#define UTIL_ARENA_H

#include <stddef.h>

#include "util/span.h"

struct arena_block;

struct arena {
	struct arena_block *first;
	struct arena_block *now; /* the block that gives */
	size_t used;             /* bytes given since the last reset */
	size_t max;              /* never more than this between two resets */
};

void arena_init(struct arena *a, size_t max);

/* Take everything back; what was given must no longer be used. */
void arena_reset(struct arena *a);

/* Give the blocks back to the system. */
void arena_free(struct arena *a);

/* n zeroed bytes aligned for any type, or NULL: no memory, or the maximum. */
void *arena_alloc(struct arena *a, size_t n);

/* A copy of s in the arena; an empty span with a NULL pointer on failure. */
struct span arena_copy(struct arena *a, struct span s);

#endif
