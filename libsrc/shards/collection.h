/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A collection: the file in which merge-check lists the stagings that together
 * are the shards of a plan. It is canonical JSON with its own digest, like a
 * manifest (stage/manifest_digest.h), and contains the digest of each staging's
 * manifest. Therefore its signature (collection.json.sig) proves all stagings.
 *
 *   {"format":"evtxstage collection 1","shards_sha256":"...","shards":[
 *     {"shard":0,"staging":"st-0","digest":"...",
 *      "skip":{"name":"collection.skip/0.skip","sha256":"...","rows":n}},...],
 *    "digest":"...",...}
 *
 * Paths are relative to the folder of the file. `skip` names a skip list
 * (stage/skip_list.h) and is absent if the staging has no rows to skip.
 */
#ifndef SHARDS_COLLECTION_H
#define SHARDS_COLLECTION_H

#include "stage/reader.h"

#define COLLECTION_FORMAT "evtxstage collection 1"

struct collection;
struct sign_key;

/* Open a collection and check its digest. WHY_USAGE: the file does not exist or
 * is not a collection; WHY_TAMPERED: it was changed. */
enum rc collection_open(
    struct collection **cp, const char *path, struct err *e);
void collection_close(struct collection *c); /* c may be NULL */

/* The returned strings are valid until the collection is closed. */
const char *collection_digest(const struct collection *c);
size_t collection_stagings(const struct collection *c);
/* The path of a staging, from the current folder. */
const char *collection_staging(const struct collection *c, size_t i);

/* WHY_TAMPERED unless NAME.sig is the signature of the file by this key. */
enum rc collection_check_signature(
    const struct collection *c, const struct sign_key *key, struct err *e);

/* Check the manifest of a reader of staging i. WHY_TAMPERED: its digest is not
 * the one in the collection. */
enum rc collection_check(const struct collection *c, size_t i,
    const struct reader *r, struct err *e);

/* Check the skip list of staging i, if it has one. WHY_TAMPERED: the list is
 * not what merge-check wrote. */
enum rc collection_check_skips(
    const struct collection *c, size_t i, struct err *e);

/* Make the reader of staging i skip the rows in the skip list of the staging.
 */
enum rc collection_skip(
    const struct collection *c, size_t i, struct reader *r, struct err *e);

#endif
