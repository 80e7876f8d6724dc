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

/* Add the members that a collection and a report have in common. */
void collection_write_result(struct cJSON *o, const struct shard_set *set,
    const struct shard_set_result *result);

/* Where it is written. Opening it resolves the paths of folder and stagings,
 * which is not possible in a sandbox. Close takes NULL. */
struct collection_place;

enum rc collection_write_open(struct collection_place **pp, const char *path,
    struct reader *const *readers, size_t n, struct err *e);
void collection_write_close(struct collection_place *p);
/* The folder, in which the program must be able to write. */
const char *collection_write_folder(const struct collection_place *p);

struct collection_write {
	const struct shard_set *set; /* with the readers of the place */
	const struct shard_set_result *result; /* without problems */
	bool dedupe;                           /* write skip lists */
	const struct sign_key *sign; /* or NULL: an old signature is removed */
};

/* Replace the file and its folder of skip lists. The file comes last but for
 * its signature; an old file does not match lists that are being replaced. */
enum rc collection_write(struct collection_place *p,
    const struct collection_write *w, struct err *e);

#endif
