/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The templates of a whole run, for records whose own chunk has lost theirs.
 *
 * A record refers to its template by the first four bytes of the template's
 * GUID ([MS-EVEN6] 2.2.12: TemplateDef; libyal: "Template definition"). Windows
 * derives the GUID from the content of the template, so definitions with the
 * same id should be equal in all chunks. The catalog keeps every definition
 * that differs, and whether its checksum held.
 *
 * The content does not depend on the order of additions: the catalogs of
 * several workers merge to the same one. Its memory has a maximum; a catalog
 * that has reached it is full and answers no more questions. So has the number
 * of entries in a bucket, which limits the time of a search; no real id has
 * many definitions.
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

/* Add an entry unless there is an equal one; the text is copied. */
void template_catalog_add(
    struct template_catalog *c, const struct template_entry *entry);

/* Add all entries of another catalog. */
void template_catalog_merge(
    struct template_catalog *to, const struct template_catalog *from);

bool template_catalog_is_full(const struct template_catalog *c);

/* True if the catalog is full, or had more entries to add to the bucket of this
 * id than fit: then not all templates of the id are known. */
bool template_catalog_is_full_for(
    const struct template_catalog *c, uint32_t id);

/* Make the catalog full, as when the one that it continues was full. */
void template_catalog_mark_full(struct template_catalog *c);

/* The entry after `after` in a list of all entries; NULL is before the first
 * and after the last. */
const struct template_entry *template_catalog_next(
    const struct template_catalog *c, const struct template_entry *after);

/* The next entry of that id, in no particular order; `after` is NULL for the
 * first. NULL if there are no more, and if the bucket of the id is full. */
const struct template_entry *template_catalog_find(
    const struct template_catalog *c, uint32_t id,
    const struct template_entry *after);

#endif
