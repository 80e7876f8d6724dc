/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forms: the bytes in which template definitions stood.
 *
 * The same template stands in every chunk again. Its bytes differ only where
 * names are: a name that is new to the chunk stands there itself, with a link
 * to another name; one that is not is an offset. So a definition whose bytes
 * are known, and whose offsets lead to the same names, says the same and need
 * not be parsed. It is a cache: what it does not know, or forgot, is parsed.
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

/* The template that this definition was when it was seen last, or NULL. */
struct template *definition_cache_find(
    const struct definition_cache *f, const struct binxml_definition *d);

/* Keep the form of a definition that was parsed with these names. */
void definition_cache_add(struct definition_cache *f,
    const struct binxml_definition *d, const struct binxml_names *names,
    struct template *t);

#endif
