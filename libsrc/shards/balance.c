/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "shards/balance.h"

struct shard {
	uint64_t load;
	uint32_t number;
};

/* A heap with the least loaded shard at its top. */
struct balance {
	struct shard *heap;
	size_t n;
};

enum rc
balance_create(struct balance **bp, uint32_t shards, struct err *e)
{
	struct balance *const b = calloc(1, sizeof(*b));

	assert(shards != 0 && shards <= BALANCE_MAX);
	*bp = b;
	if (b == NULL)
		return err_nomem(e);
	b->heap = calloc(shards, sizeof(*b->heap));
	if (b->heap == NULL)
		return err_nomem(e);
	b->n = shards;
	for (uint32_t i = 0; i < shards; i++)
		b->heap[i].number = i;
	return RC_OK;
}

void
balance_destroy(struct balance *b)
{
	if (b == NULL)
		return;
	free(b->heap);
	free(b);
}

static bool
comes_before(const struct shard *a, const struct shard *b)
{
	return a->load != b->load ? a->load < b->load : a->number < b->number;
}

uint32_t
balance_put(struct balance *b, uint64_t weight)
{
	struct shard top = b->heap[0];
	const uint32_t number = top.number;
	size_t at = 0;

	top.load += weight;
	for (;;) {
		size_t child = 2 * at + 1;
		if (child + 1 < b->n &&
		    comes_before(&b->heap[child + 1], &b->heap[child]))
			child++;
		if (child >= b->n || comes_before(&top, &b->heap[child]))
			break;
		b->heap[at] = b->heap[child];
		at = child;
	}
	b->heap[at] = top;
	return number;
}
