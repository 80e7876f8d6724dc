/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the rows of the shards that are the same as an earlier row: with the
 * same RecordKey and the same row digest (schema/row_digest.h), in the order of
 * the shards and, in each, of its segments. Rows that were recovered come after
 * all others: a live record is never a duplicate of a recovered one. Rows with
 * an equal key and another digest are conflicts, never duplicates.
 *
 * Keys are in a fixed amount of memory (util/keyset.h), the places of the
 * duplicates in temporary files.
 */
#ifndef SHARDS_SHARD_ROWS_H
#define SHARDS_SHARD_ROWS_H

#include <signal.h>

#include "stage/reader.h"
#include "stage/skip_list.h"
#include "util/scratch.h"

struct shard_rows_counts {
	uint64_t rows;
	uint64_t without_key; /* of the rows; never duplicates */
	uint64_t duplicates;
	uint64_t conflicts;
};

struct shard_rows;

struct shard_rows_options {
	struct scratch *scratch;
	size_t key_memory;
	const volatile sig_atomic_t *stop;
	struct shard_rows_counts *counts;
};

enum rc shard_rows_create(
    struct shard_rows **sp, const struct shard_rows_options *o, struct err *e);
void shard_rows_destroy(struct shard_rows *s); /* takes NULL */

/* Verify the segments of a shard, live or recovered ones, and add their rows.
 * WHY_USAGE: the schema is unknown. */
enum rc shard_rows_add(struct shard_rows *s, uint32_t shard,
    const struct reader *r, bool recovered, struct err *e);

/* End adding. Then visit the duplicates of all shards, sorted by shard and
 * place. */
struct shard_rows_visit {
	enum rc (*row)(void *arg, uint32_t shard,
	    const struct skip_list_row *row, struct err *e);
	void *arg;
};

enum rc shard_rows_finish(struct shard_rows *s, struct err *e);
enum rc shard_rows_each(const struct shard_rows *s,
    const struct shard_rows_visit *visit, struct err *e);

#endif
