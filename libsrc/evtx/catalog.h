/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The templates of a whole run, for records whose own chunk has lost theirs.
 *
 * A record names its template by the first four bytes of the template's GUID.
 * Windows makes that GUID from what the template says, so the definitions of
 * one id in different chunks should be equal; the catalog keeps each that is
 * not, and whether it was seen where the checksum holds. What is in it does
 * not depend on the order in which it was filled: catalogs of several workers
 * make the same one. The memory has a maximum; a catalog that reached it is
 * full, and knows nothing for certain any more. So has the number of items that
 * share a bucket, and with it the time of a search: no real id has many
 * definitions.
 */
#ifndef EVTX_CATALOG_H
#define EVTX_CATALOG_H

#include <stdbool.h>

#include "util/err.h"
#include "util/span.h"

#define CATALOG_BYTES_MAX ((size_t)8 << 20)
#define CATALOG_BUCKETS 1024U /* by the id */
#define CATALOG_BUCKET_MAX 128U
#define CATALOG_GUID 16U

struct catalog_item {
	struct catalog_item *next; /* see catalog_find() */
	uint8_t guid[CATALOG_GUID];
	struct span text; /* as pack_put() writes it */
	bool sound;       /* seen in a chunk whose checksums hold */
};

struct catalog;

enum rc catalog_create(struct catalog **cp, struct err *e);
void catalog_destroy(struct catalog *c); /* takes NULL */

/* Add an item, unless it is there; text is copied. */
void catalog_add(struct catalog *c, const struct catalog_item *item);

/* Add what another one has. */
void catalog_merge(struct catalog *to, const struct catalog *from);

bool catalog_full(const struct catalog *c);

/* Whether more items were added of the bucket of an id than it can have, or
 * the catalog is full: nothing is certain of the id. */
bool catalog_full_of(const struct catalog *c, uint32_t id);
void catalog_fill(struct catalog *c); /* from now on it is full */

/* All items, one after the other: start with NULL. */
const struct catalog_item *catalog_next(
    const struct catalog *c, const struct catalog_item *after);

/* The first item of that id, or the next one after `after`, or NULL. Their
 * order means nothing. NULL, too, if the bucket of the id is full. */
const struct catalog_item *catalog_find(
    const struct catalog *c, uint32_t id, const struct catalog_item *after);

#endif
