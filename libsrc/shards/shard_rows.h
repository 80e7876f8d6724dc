/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds duplicate rows in the shards: a row is a duplicate if an earlier row
 * has the same RecordKey and the same row digest (schema/row_digest.h). Rows
 * are ordered by shard, then by segment. Recovered rows come after all others,
 * so a live record is never a duplicate of a recovered one. Rows with equal
 * keys and different digests are conflicts, never duplicates.
 *
 * The keys use a fixed amount of memory (util/keyset.h); the positions of the
 * duplicates are in temporary files.
 */
#ifndef SHARDS_SHARD_ROWS_H
#define SHARDS_SHARD_ROWS_H

#include <signal.h>

#include "stage/reader.h"
#include "stage/skip_list.h"
#include "util/scratch.h"

struct shard_rows_counts {
	uint64_t rows;
	uint64_t without_key; /* rows without a key; they are not compared */
	uint64_t duplicates;
	uint64_t conflicts;
};

struct shard_rows;

struct shard_rows_options {
	struct scratch *scratch;
	size_t key_memory; /* maximum memory for keys in bytes */
	const volatile sig_atomic_t *stop;
	struct shard_rows_counts *counts;
};

enum rc shard_rows_create(
    struct shard_rows **sp, const struct shard_rows_options *o, struct err *e);
void shard_rows_destroy(struct shard_rows *s); /* s may be NULL */

/* Verify the segments of a shard and add their rows: only the recovered
 * segments if `recovered` is set, else only the others. WHY_USAGE: the schema
 * is unknown. */
enum rc shard_rows_add(struct shard_rows *s, uint32_t shard,
    const struct reader *r, bool recovered, struct err *e);

/* Called with each duplicate, sorted by shard, segment and offset. */
struct shard_rows_visit {
	enum rc (*row)(void *arg, uint32_t shard,
	    const struct skip_list_row *row, struct err *e);
	void *arg;
};

/* To be called after the last shard_rows_add() and before shard_rows_each(). */
enum rc shard_rows_finish(struct shard_rows *s, struct err *e);
enum rc shard_rows_each(const struct shard_rows *s,
    const struct shard_rows_visit *visit, struct err *e);

#endif
