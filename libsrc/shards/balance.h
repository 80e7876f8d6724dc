/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Distributes weights over shards: each weight is put on the shard with the
 * least load. If the weights come in descending order, no shard is much heavier
 * than the others (longest processing time first). Of equally loaded shards the
 * one with the lower number is used, so the result depends on the weights
 * alone.
 */
#ifndef SHARDS_BALANCE_H
#define SHARDS_BALANCE_H

#include <stdint.h>

#include "util/err.h"

#define BALANCE_MAX 1000000U /* maximum number of shards */

struct balance;

enum rc balance_create(struct balance **bp, uint32_t shards, struct err *e);
void balance_destroy(struct balance *b); /* b may be NULL */

/* Put a weight on the least loaded shard and return the shard's number. */
uint32_t balance_put(struct balance *b, uint64_t weight);

#endif
