/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder NAME.skip of a collection: a skip list (stage/skip_list.h) for
 * each shard with duplicates, named by its number: 7.skip.
 */
#ifndef SHARDS_SKIP_FOLDER_H
#define SHARDS_SKIP_FOLDER_H

#include "shards/shard_rows.h"

/* Remove the folder and its lists, if it is there. WHY_EXISTS: it has files
 * that are not skip lists. */
enum rc skip_folder_remove(int parent, const char *name, struct err *e);

/* Create the folder in `parent` and write the lists of all duplicates. Free
 * takes NULL. */
struct skip_folder;

enum rc skip_folder_write(struct skip_folder **fp, int parent, const char *name,
    const struct shard_rows *rows, struct err *e);
void skip_folder_free(struct skip_folder *f);

/* The list of a shard; NULL if it has no duplicates. Ask in the order of
 * shards. */
const struct skip_list_info *skip_folder_info(
    struct skip_folder *f, uint32_t shard);

#endif
