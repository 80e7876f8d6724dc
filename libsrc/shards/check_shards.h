/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks that the stagings of the shards of a plan together contain what one
 * run would have staged: every source of the plan exactly once, with the same
 * options, event set and version, and every segment as it was written. Adds up
 * the record counts of the stagings, finds the EventRecordIDs that are missing
 * from all of them, and finds the rows that are the same as a row of another
 * shard.
 *
 * All lists are sorted in temporary files, so memory does not grow with the
 * number of sources, logs or rows.
 */
#ifndef SHARDS_CHECK_SHARDS_H
#define SHARDS_CHECK_SHARDS_H

#include <signal.h>

#include "coverage/missing_ids.h"
#include "shards/missing_templates.h"
#include "shards/shard_plan.h"
#include "shards/shard_rows.h"
#include "stage/account.h"
#include "stage/reader.h"
#include "util/scratch.h"

struct shard_set {
	const struct shard_plan *plan;
	struct reader *const *readers;
	size_t n;
	/* Names of the reasons of account.filtered; see account_json.h. */
	const char *const *reasons;
	struct scratch *scratch;
	size_t key_memory;
	const volatile sig_atomic_t *stop;
	struct buf *mend; /* receives the names of the sources to stage again */
	/* Called with each problem. `shard` is SHARDS_NONE if the problem does
	 * not concern a certain shard; `again`: the shard must be staged again.
	 */
	void (*problem)(
	    void *arg, uint32_t shard, bool again, const char *text);
	void *arg;
};

#define SHARDS_NONE UINT32_MAX

struct shard_set_result {
	uint64_t problems;
	uint64_t sources;
	uint64_t bad; /* number of sources that are damaged or unreadable */
	struct account account;
	struct missing_ids_result ids;
	struct missing_templates_result templates;
	struct shard_rows_counts counts;
	/* Rows of all shards, ready for shard_rows_each(); owned. */
	struct shard_rows *rows;
	/* For each shard: index of its reader + 1; 0: the shard has no staging;
	 * owned. */
	size_t *of_shard;
};

/* Report all problems through m->problem. Returns RC_FATAL only if the check
 * itself failed. */
enum rc check_shards(
    const struct shard_set *m, struct shard_set_result *result, struct err *e);
void check_shards_free(struct shard_set_result *result);

#endif
