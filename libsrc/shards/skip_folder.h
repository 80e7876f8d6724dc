/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder NAME.skip of a collection. It contains a skip list
 * (stage/skip_list.h) for each shard with duplicates, for example 7.skip for
 * shard 7.
 */
#ifndef SHARDS_SKIP_FOLDER_H
#define SHARDS_SKIP_FOLDER_H

#include "shards/shard_rows.h"

/* Remove the folder and its lists if it exists. WHY_EXISTS: it contains files
 * that are not skip lists. */
enum rc skip_folder_remove(int parent, const char *name, struct err *e);

/* Create the folder in `parent` and write the skip lists of all shards with
 * duplicates. skip_folder_free() takes NULL. */
struct skip_folder;

enum rc skip_folder_write(struct skip_folder **fp, int parent, const char *name,
    const struct shard_rows *rows, struct err *e);
void skip_folder_free(struct skip_folder *f);

/* The skip list of a shard; NULL if it has no duplicates. Calls must be in
 * ascending order of shards. */
const struct skip_list_info *skip_folder_info(
    struct skip_folder *f, uint32_t shard);

#endif
