/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shards: the command that makes a plan, and staging one shard, of a plan or
 * of a folder at rest.
 */
#ifndef TOOLS_STAGE_SHARDS_H
#define TOOLS_STAGE_SHARDS_H

#include <signal.h>

#include "tools/stage_options.h"

/* What --shards, --shard, --root and -n mean for the command that was read.
 * WHY_USAGE. */
enum rc stage_shards_options(struct stage_options *o, struct err *e);

/* evtxstage shards: returns the exit status. */
int stage_shards_run(const struct stage_options *o);

/* The list of inputs of a run: all operands, or those of the shard. With a plan
 * this enters the plan's root folder, and o->inputs is what the shard may open.
 * `plan` is the caller's to close, also after a failure. */
struct shard_plan;
enum rc stage_shards_walk(struct stage_options *o, struct walk *w,
    const volatile sig_atomic_t *stop, struct shard_plan **plan, struct err *e);

/* Paths that were made absolute, and what the plan gave. */
void stage_shards_free(struct stage_options *o);

#endif
