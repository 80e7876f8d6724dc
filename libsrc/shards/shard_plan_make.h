/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a plan of shards (shards/shard_plan.h) for the sources that a walk
 * found. Sources with equal cheap digests form a group, which is not split; the
 * groups are put on the least loaded shard in descending order of size.
 * Everything is sorted in temporary files, so memory does not grow with the
 * number of sources.
 */
#ifndef SHARDS_SHARD_PLAN_MAKE_H
#define SHARDS_SHARD_PLAN_MAKE_H

#include <signal.h>

#include "input/walk.h"
#include "util/digest.h"

/* The cost of opening a file, added to the bytes of each source. */
#define PLAN_SOURCE_COST ((uint64_t)4096)

/* The most operands that the first line lists; with more it lists the root. */
#define PLAN_INPUTS_MAX ((size_t)1000)

struct shard_plan_options {
	const struct walk *walk;
	uint32_t shards;
	const char *root;    /* absolute; NULL: names are kept as walked */
	size_t strip;        /* length of the root and its slash in each path */
	bool dot;            /* an operand is the root: names begin with ./ */
	const char *path;    /* of the plan */
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

/* WHY_EXISTS: a file of that name exists, and `force` is not set. */
enum rc shard_plan_make(const struct shard_plan_options *o,
    struct shard_plan_result *result, struct err *e);

#endif
