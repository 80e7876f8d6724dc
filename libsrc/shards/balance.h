/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which shard is the least loaded: weights that come largest first are spread
 * over the shards so that no shard is much heavier than the others (longest
 * processing time first). Equal loads go to the lower number, so the result
 * depends on the weights alone.
 */
#ifndef SHARDS_BALANCE_H
#define SHARDS_BALANCE_H

#include <stdint.h>

#include "util/err.h"

#define BALANCE_MAX 1000000U /* shards */

struct balance;

enum rc balance_create(struct balance **bp, uint32_t shards, struct err *e);
void balance_destroy(struct balance *b); /* takes NULL */

/* Put a weight on the least loaded shard, and say which one that is. */
uint32_t balance_put(struct balance *b, uint64_t weight);

#endif
