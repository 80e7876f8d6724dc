/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a plan of shards (shards/shard_plan.h) line by line to a temporary
 * file. The file gets its name when it is complete and on the disk.
 */
#ifndef SHARDS_SHARD_PLAN_WRITER_H
#define SHARDS_SHARD_PLAN_WRITER_H

#include "shards/shard_plan_make.h"

struct shard_plan_writer;

struct shard_plan_writer_line {
	const char *name;
	uint64_t bytes;
	/* head_sha256 of the source in binary, DIGEST_BYTES long. */
	const uint8_t *sum;
	const char *error; /* why the source is not readable, or NULL; if set,
			      it is written instead of the digest */
	size_t inside;     /* same meaning as walk_entry.inside */
	bool dot;          /* the name begins with ./ */
	uint32_t shard;
};

/* WHY_EXISTS: the file `path` exists, and `force` is not set. */
enum rc shard_plan_writer_create(
    struct shard_plan_writer **fp, const char *path, bool force, struct err *e);
/* Remove the temporary file unless shard_plan_writer_end() has published it.
 * Takes NULL. */
void shard_plan_writer_destroy(struct shard_plan_writer *f);

enum rc shard_plan_writer_head(struct shard_plan_writer *f,
    const struct shard_plan_options *o, const struct shard_plan_result *all,
    struct err *e);
enum rc shard_plan_writer_source(struct shard_plan_writer *f,
    const struct shard_plan_writer_line *line, struct err *e);

/* Write the last line, rename the file to its name and return the digest. */
enum rc shard_plan_writer_end(
    struct shard_plan_writer *f, char sha256[DIGEST_HEX], struct err *e);

#endif
