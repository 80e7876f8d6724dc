/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shards: the command that makes a plan, and the inputs of a run that stages
 * one shard, of a plan or of a folder that does not change.
 */
#ifndef TOOLS_STAGE_SHARDS_H
#define TOOLS_STAGE_SHARDS_H

#include <signal.h>

#include "tools/stage_options.h"

/* Check and read --shards, --shard, --root and -n. WHY_USAGE on failure. */
enum rc stage_shards_options(struct stage_options *o, struct err *e);

/* Run the command shards; returns the exit status. */
int stage_shards_run(const struct stage_options *o);

/* Find the inputs of a run: all operands, or those of the shard. With a plan,
 * this enters the root folder of the plan and sets o->inputs. The caller closes
 * `plan`, also after a failure. */
struct shard_plan;
enum rc stage_shards_walk(struct stage_options *o, struct walk *w,
    const volatile sig_atomic_t *stop, struct shard_plan **plan, struct err *e);

/* Free the texts of o->shard. */
void stage_shards_free(struct stage_options *o);

#endif
