/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a collection (shards/collection.h), its skip lists in the folder
 * NAME.skip beside it, and its signature.
 */
#ifndef SHARDS_COLLECTION_WRITE_H
#define SHARDS_COLLECTION_WRITE_H

#include "shards/check_shards.h"

struct cJSON;
struct sign_key;

/* Add the members that a collection and the JSON report of merge-check have in
 * common. */
void collection_write_result(struct cJSON *o, const struct shard_set *set,
    const struct shard_set_result *result);

/* The path of the collection and the paths of its stagings.
 * collection_write_open() resolves them; this is not possible in a sandbox.
 * WHY_EXISTS: a file with that name exists, and it is not a collection.
 * collection_write_close() takes NULL. */
struct collection_place;

enum rc collection_write_open(struct collection_place **pp, const char *path,
    struct reader *const *readers, size_t n, struct err *e);
void collection_write_close(struct collection_place *p);
/* The folder of the collection. The program must be able to write in it. */
const char *collection_write_folder(const struct collection_place *p);

struct collection_write {
	/* set->readers must be those passed to collection_write_open(), in the
	 * same order. */
	const struct shard_set *set;
	/* Result of comparing the set, without problems. */
	const struct shard_set_result *result;
	bool dedupe;                 /* write skip lists of duplicate rows */
	const struct sign_key *sign; /* NULL: an old signature is removed and
					no new one is written */
};

/* Replace the skip lists, then the file, then its signature. After a crash in
 * between, the old file does not match the new skip lists. */
enum rc collection_write(struct collection_place *p,
    const struct collection_write *w, struct err *e);

#endif
