/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Selects the inputs of one shard: the inputs that a plan assigns to it or,
 * without a plan, those whose cheap digest (input/headsum.h) selects the shard.
 */
#ifndef SHARDS_SHARD_FILTER_H
#define SHARDS_SHARD_FILTER_H

#include <signal.h>

#include "input/walk.h"
#include "shards/shard_plan.h"

struct shard_filter {
	uint32_t shard;
	uint32_t of; /* number of all shards */
	const volatile sig_atomic_t *stop;
};

/* Fill a walk with the sources of the shard. All are below the operand. Except
 * for `skip` and `scratch`, the walk must be zeroed. WHY_TAMPERED: a source is
 * missing or is not the one of the plan; `e` names the source. */
enum rc shard_filter_planned(struct walk *w, const struct shard_plan *plan,
    const struct shard_filter *p, char *const *operand, struct err *e);

/* Remove the sources of other shards from a finished walk. The shard of a
 * source is the first 64 bits of its cheap digest modulo the number of shards.
 * Only shard 0 keeps the counts of files that are not logs. */
enum rc shard_filter_by_digest(
    struct walk *w, const struct shard_filter *p, struct err *e);

#endif
