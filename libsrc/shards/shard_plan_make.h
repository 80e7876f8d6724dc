/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a plan of shards (shards/shard_plan.h) of the sources that a walk
 * found. Sources with equal cheap digests go to one shard; such groups go
 * largest first to the least loaded shard. Everything is sorted in temporary
 * files, so memory does not grow with the number of sources.
 */
#ifndef SHARDS_SHARD_PLAN_MAKE_H
#define SHARDS_SHARD_PLAN_MAKE_H

#include <signal.h>

#include "input/walk.h"
#include "util/digest.h"

/* Each source also counts this many bytes: opening a file costs time, too. */
#define PLAN_SOURCE_COST ((uint64_t)4096)

/* Operands that the first line lists; of more, the root stands for them. */
#define PLAN_INPUTS_MAX ((size_t)1000)

struct shard_plan_options {
	const struct walk *walk;
	uint32_t shards;
	const char *root; /* absolute, or NULL: names are as they were walked */
	size_t strip;     /* bytes of each path that are the root and its / */
	bool dot;         /* an operand is the root: names begin with ./ */
	const char *path; /* of the plan */
	const char *version; /* of the program */
	bool force;          /* replace an existing plan */
	const volatile sig_atomic_t *stop;
};

struct shard_plan_result {
	uint64_t sources;
	uint64_t unread; /* of them */
	uint64_t bytes;
	uint64_t largest; /* bytes of the largest shard and the smallest one */
	uint64_t smallest;
	char sha256[DIGEST_HEX];
};

/* WHY_EXISTS: there is a plan with that name. */
enum rc shard_plan_make(const struct shard_plan_options *o,
    struct shard_plan_result *result, struct err *e);

#endif
