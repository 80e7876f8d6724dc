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
#ifndef EVTX_TEMPLATE_CATALOG_H
#define EVTX_TEMPLATE_CATALOG_H

#include <stdbool.h>

#include "util/err.h"
#include "util/span.h"

#define TEMPLATE_CATALOG_BYTES_MAX ((size_t)8 << 20)
#define TEMPLATE_CATALOG_BUCKETS 1024U /* by the id */
#define TEMPLATE_CATALOG_BUCKET_MAX 128U
#define TEMPLATE_GUID_BYTES 16U

struct template_entry {
	struct template_entry *next; /* see template_catalog_find() */
	uint8_t guid[TEMPLATE_GUID_BYTES];
	struct span text; /* as template_codec_write() writes it */
	bool sound;       /* seen in a chunk whose checksums hold */
};

struct template_catalog;

enum rc template_catalog_create(struct template_catalog **cp, struct err *e);
void template_catalog_destroy(struct template_catalog *c); /* takes NULL */

/* Add an item, unless it is there; text is copied. */
void template_catalog_add(
    struct template_catalog *c, const struct template_entry *item);

/* Add what another one has. */
void template_catalog_merge(
    struct template_catalog *to, const struct template_catalog *from);

bool template_catalog_is_full(const struct template_catalog *c);

/* Whether more items were added of the bucket of an id than it can have, or
 * the catalog is full: nothing is certain of the id. */
bool template_catalog_is_full_for(
    const struct template_catalog *c, uint32_t id);
void template_catalog_mark_full(
    struct template_catalog *c); /* from now on it is full */

/* All items, one after the other: start with NULL. */
const struct template_entry *template_catalog_next(
    const struct template_catalog *c, const struct template_entry *after);

/* The first item of that id, or the next one after `after`, or NULL. Their
 * order means nothing. NULL, too, if the bucket of the id is full. */
const struct template_entry *template_catalog_find(
    const struct template_catalog *c, uint32_t id,
    const struct template_entry *after);

#endif
