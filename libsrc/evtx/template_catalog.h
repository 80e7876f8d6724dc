/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The templates of a whole run, for records whose own chunk lacks the
 * definition of their template.
 *
 * A record refers to its template by the first four bytes of the template's
 * GUID ([MS-EVEN6] 2.2.12: TemplateDef; libyal: "Template definition"). Windows
 * derives the GUID from the content of the template, so definitions with the
 * same id should be equal in all chunks. The catalog keeps every distinct
 * definition, and whether the checksums of a chunk with it held.
 *
 * The content does not depend on the order of additions: the catalogs of
 * several workers merge to the same one. Its memory has a maximum; a catalog
 * that has reached it is full, and searches in it find nothing. The number of
 * entries in a bucket has a maximum too, which limits the time of a search; no
 * real id has many definitions.
 */
#ifndef EVTX_TEMPLATE_CATALOG_H
#define EVTX_TEMPLATE_CATALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"
#include "util/span.h"

#define TEMPLATE_CATALOG_BYTES_MAX ((size_t)8 << 20)
/* Buckets of the hash table, by template id. */
#define TEMPLATE_CATALOG_BUCKETS 1024U
#define TEMPLATE_CATALOG_BUCKET_MAX 128U
#define TEMPLATE_GUID_BYTES 16U

struct template_entry {
	struct template_entry *next; /* next entry of the same bucket */
	uint8_t guid[TEMPLATE_GUID_BYTES];
	/* Content of the template as bytes, see template_codec_write(). */
	struct span text;
	bool sound; /* the template was seen in a chunk whose checksums hold */
	/* The number of the first source that has it; of sound definitions, if
	 * there are any. */
	uint64_t source;
};

struct template_catalog;

enum rc template_catalog_create(struct template_catalog **cp, struct err *e);
void template_catalog_destroy(struct template_catalog *c); /* takes NULL */

/* The number of the source whose definitions are added next; a user of the
 * catalog sets it, template_catalog_add() takes that of the entry. */
void template_catalog_set_source(struct template_catalog *c, uint64_t source);
uint64_t template_catalog_source(const struct template_catalog *c);

/* Add an entry unless there is an equal one; the text is copied. */
void template_catalog_add(
    struct template_catalog *c, const struct template_entry *entry);

/* Add all entries of another catalog. */
void template_catalog_merge(
    struct template_catalog *to, const struct template_catalog *from);

bool template_catalog_is_full(const struct template_catalog *c);

/* True if the catalog or the bucket of this id is full: some templates of the
 * id may be missing then. */
bool template_catalog_is_full_for(
    const struct template_catalog *c, uint32_t id);

/* Mark the catalog as full. A resumed run does so if the catalog of the run
 * that it continues was full. */
void template_catalog_mark_full(struct template_catalog *c);

/* Iterate over all entries: returns the first one if `after` is NULL, else the
 * one after it; NULL after the last. */
const struct template_entry *template_catalog_next(
    const struct template_catalog *c, const struct template_entry *after);

/* The next entry with this id, in no particular order; `after` is NULL for the
 * first. NULL if there are no more, or if the bucket of the id is full. */
const struct template_entry *template_catalog_find(
    const struct template_catalog *c, uint32_t id,
    const struct template_entry *after);

#endif
