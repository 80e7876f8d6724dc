/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Template definitions that were parsed already, found by their bytes.
 *
 * Every chunk has its own copies of the same template definitions. Their bytes
 * differ only in the names: a name that is new to the chunk is stored in place,
 * with the offset of the next string of the same hash; for another name only
 * its offset is stored (libyal: "Name", "name string offset"). So a definition
 * whose other bytes are equal, and whose offsets lead to equal names, has the
 * same content and need not be parsed again. Entries may be dropped at any
 * time.
 */
#ifndef EVTX_DEFINITION_CACHE_H
#define EVTX_DEFINITION_CACHE_H

#include "evtx/binxml.h"

#define DEFINITION_CACHE_BUCKETS 1024U /* a power of two */
#define DEFINITION_CACHE_BYTES_MAX ((size_t)2 << 20)

struct cached_definition;
struct template;

struct definition_cache {
	struct arena arena;
	struct cached_definition *bucket[DEFINITION_CACHE_BUCKETS];
};

void definition_cache_init(struct definition_cache *f);
void definition_cache_free(struct definition_cache *f);
void definition_cache_clear(struct definition_cache *f);

/* The template that an equal definition was parsed to, or NULL. */
struct template *definition_cache_find(
    const struct definition_cache *f, const struct binxml_definition *d);

/* Add a definition that was parsed to this template, with these names. */
void definition_cache_add(struct definition_cache *f,
    const struct binxml_definition *d, const struct binxml_names *names,
    struct template *t);

#endif
