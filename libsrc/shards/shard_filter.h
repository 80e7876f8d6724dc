/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inputs of one shard: those that a plan gives it, or those of a folder at
 * rest whose cheap digest falls to it.
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

/* Make the list of a walk, which is zeroed but for `skip` and `scratch`, of the
 * shard's sources. The operand stands for all of them. WHY_TAMPERED: a source
 * is missing or not the one of the plan; e names it. */
enum rc shard_filter_planned(struct walk *w, const struct shard_plan *plan,
    const struct shard_filter *p, char *const *operand, struct err *e);

/* Leave only the shard's sources in a list that is made: the first 64 bits of
 * the cheap digest, modulo the number of shards. Files that were passed over
 * are counted by shard 0 alone. */
enum rc shard_filter_by_digest(
    struct walk *w, const struct shard_filter *p, struct err *e);

#endif
