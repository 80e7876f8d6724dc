/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing the file of a plan (shards/shardplan.h has its form), line by line.
 * It gets its name once it is whole and on the disk.
 */
#ifndef SHARDS_PLAN_FILE_H
#define SHARDS_PLAN_FILE_H

#include "shards/plan_make.h"

struct plan_file;

struct plan_file_line {
	const char *name;
	uint64_t bytes;
	const uint8_t *sum; /* DIGEST_BYTES */
	const char *error;  /* it could not be read: in place of the digest */
	size_t inside;      /* see walk_entry.inside */
	bool dot;           /* the name begins with ./ */
	uint32_t shard;
};

/* WHY_EXISTS: there is a file with this name, and `force` is not set. */
enum rc plan_file_create(
    struct plan_file **fp, const char *path, bool force, struct err *e);
/* Removes a file that was not ended. Takes NULL. */
void plan_file_destroy(struct plan_file *f);

enum rc plan_file_head(struct plan_file *f, const struct plan_make *o,
    const struct plan_result *all, struct err *e);
enum rc plan_file_source(
    struct plan_file *f, const struct plan_file_line *line, struct err *e);

/* Write the last line, publish the file and say its digest. */
enum rc plan_file_end(
    struct plan_file *f, char sha256[DIGEST_HEX], struct err *e);

#endif
