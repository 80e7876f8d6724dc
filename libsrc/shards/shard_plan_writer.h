/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the file of a plan (shards/shard_plan.h describes it) line by line. It
 * gets its name when it is complete and on the disk.
 */
#ifndef SHARDS_SHARD_PLAN_WRITER_H
#define SHARDS_SHARD_PLAN_WRITER_H

#include "shards/shard_plan_make.h"

struct shard_plan_writer;

struct shard_plan_writer_line {
	const char *name;
	uint64_t bytes;
	const uint8_t *sum; /* DIGEST_BYTES */
	const char *error;  /* why it is not readable, instead of the digest */
	size_t inside;      /* see walk_entry.inside */
	bool dot;           /* the name begins with ./ */
	uint32_t shard;
};

/* WHY_EXISTS: a file of this name exists, and `force` is not set. */
enum rc shard_plan_writer_create(
    struct shard_plan_writer **fp, const char *path, bool force, struct err *e);
/* Remove the file unless it was published. Takes NULL. */
void shard_plan_writer_destroy(struct shard_plan_writer *f);

enum rc shard_plan_writer_head(struct shard_plan_writer *f,
    const struct shard_plan_options *o, const struct shard_plan_result *all,
    struct err *e);
enum rc shard_plan_writer_source(struct shard_plan_writer *f,
    const struct shard_plan_writer_line *line, struct err *e);

/* Write the last line, publish the file and return its digest. */
enum rc shard_plan_writer_end(
    struct shard_plan_writer *f, char sha256[DIGEST_HEX], struct err *e);

#endif
