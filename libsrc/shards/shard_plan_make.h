/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a plan of shards (shards/shard_plan.h) for the sources that a walk
 * found. Sources with equal cheap digests form a group, which is not split. In
 * descending order of size, each group is put on the least loaded shard.
 * Everything is sorted in temporary files, so memory does not grow with the
 * number of sources.
 */
#ifndef SHARDS_SHARD_PLAN_MAKE_H
#define SHARDS_SHARD_PLAN_MAKE_H

#include <signal.h>

#include "input/walk.h"
#include "util/digest.h"

/* The cost of opening a source, in bytes. It is added to the size of each
 * source. */
#define PLAN_SOURCE_COST ((uint64_t)4096)

/* The maximum number of operands that the first line lists. If there are more,
 * it lists only the root. */
#define PLAN_INPUTS_MAX ((size_t)1000)

struct shard_plan_options {
	const struct walk *walk;
	uint32_t shards;
	/* Absolute path of --root; NULL: names of sources are their paths. */
	const char *root;
	size_t strip;        /* length of the root and its slash in each path */
	bool dot;            /* an operand is the root: names begin with ./ */
	const char *path;    /* path of the plan */
	const char *version; /* version of evtxstage */
	bool force;          /* replace an existing plan */
	const volatile sig_atomic_t *stop;
};

struct shard_plan_result {
	uint64_t sources;
	uint64_t unread;   /* number of sources that could not be read */
	uint64_t bytes;    /* size of all sources in bytes */
	uint64_t largest;  /* size of the largest shard in bytes */
	uint64_t smallest; /* size of the smallest shard in bytes */
	char sha256[DIGEST_HEX];
};

/* WHY_EXISTS: the file o->path exists, and o->force is not set. */
enum rc shard_plan_make(const struct shard_plan_options *o,
    struct shard_plan_result *result, struct err *e);

#endif
