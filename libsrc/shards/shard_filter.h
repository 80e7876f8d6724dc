/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inputs of one shard: those that a plan assigns to it, or those of a
 * folder whose cheap digest (input/headsum.h) selects it.
 */
#ifndef SHARDS_SHARD_FILTER_H
#define SHARDS_SHARD_FILTER_H

#include <signal.h>

#include "input/walk.h"
#include "shards/shard_plan.h"

struct shard_filter {
	uint32_t shard;
	uint32_t of; /* shards */
	const volatile sig_atomic_t *stop;
};

/* Fill a walk, which is zeroed but for `skip` and `scratch`, with the sources
 * of the shard, all below the operand. WHY_TAMPERED: a source is missing or not
 * the one of the plan; e names it. */
enum rc shard_filter_planned(struct walk *w, const struct shard_plan *plan,
    const struct shard_filter *p, char *const *operand, struct err *e);

/* Keep only the sources of the shard in a walk that is done: those whose cheap
 * digest, its first 64 bits modulo the number of shards, is the shard. Files
 * that are not logs are counted by shard 0 alone. */
enum rc shard_filter_by_digest(
    struct walk *w, const struct shard_filter *p, struct err *e);

#endif
