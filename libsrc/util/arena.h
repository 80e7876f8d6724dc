/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An arena: memory that is allocated piece by piece and released all at once. A
 * reset keeps the blocks, so a worker that resets its arena for each record
 * stops allocating after the first records.
 */
#ifndef UTIL_ARENA_H
#define UTIL_ARENA_H

#include <stddef.h>

#include "util/span.h"

struct arena_block;

struct arena {
	struct arena_block *first;
	/* Block in which the next allocation is made. */
	struct arena_block *now;
	size_t used; /* bytes allocated since the last reset */
	size_t max;  /* maximum of `used`, in bytes */
};

void arena_init(struct arena *a, size_t max);

/* Release all allocations; the blocks stay. */
void arena_reset(struct arena *a);

/* Release all allocations and free the blocks. */
void arena_free(struct arena *a);

/* Allocate n zeroed bytes, aligned for any type. NULL if memory is exhausted or
 * the maximum would be exceeded. */
void *arena_alloc(struct arena *a, size_t n);

/* Copy s to the arena. On failure the result is an empty span with a NULL
 * pointer. */
struct span arena_copy(struct arena *a, struct span s);

#endif
