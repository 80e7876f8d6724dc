/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "evtx/definition_cache.h"
#include "util/le.h"

/* Size of a name string offset, and of the link before a name. */
#define OFFSET_BYTES 4U
#define HASH_AT 4U
#define UNITS_AT 6U

/* A name that a definition uses. `at` is the position of the name string offset
 * in the content; `text` is the hash, length and characters of the name, and
 * empty for a name that is stored in place. */
struct name {
	uint32_t at;
	struct span text;
};

struct cached_definition {
	struct cached_definition *next;
	struct template *of;
	uint32_t id;
	uint32_t n_names;
	struct span bytes; /* bytes of the definition's content */
	struct name *names;
};

void
definition_cache_init(struct definition_cache *f)
{
	memset(f, 0, sizeof(*f));
	arena_init(&f->arena, DEFINITION_CACHE_BYTES_MAX);
}

void
definition_cache_free(struct definition_cache *f)
{
	arena_free(&f->arena);
}

void
definition_cache_clear(struct definition_cache *f)
{
	memset(f->bucket, 0, sizeof(f->bucket));
	arena_reset(&f->arena);
}

static size_t
bucket_of(uint32_t id, size_t n)
{
	const uint32_t h = (id ^ (uint32_t)n * 0x9e3779b1U) * 0x85ebca6bU;

	return h >> 16 & (DEFINITION_CACHE_BUCKETS - 1);
}

/* The hash, length and characters of the name at an offset of the chunk; empty
 * if it does not fit into the chunk with the NUL after it. */
static struct span
name_text(struct span chunk, size_t offset)
{
	if (offset >= chunk.n || chunk.n - offset < NAME_HEAD)
		return span_of(NULL, 0);
	const uint8_t *const p = chunk.p + offset;
	const size_t n = 2 * (size_t)le_u16(p + UNITS_AT);
	if (n + 2 > chunk.n - offset - NAME_HEAD)
		return span_of(NULL, 0);
	return span_of(p + HASH_AT, NAME_HEAD - HASH_AT + n);
}

/* True if a content in the chunk has the bytes of the cached one, except where
 * offsets of names are, and these offsets lead to the same names. */
static bool
matches(
    const struct cached_definition *f, struct span chunk, struct span content)
{
	const size_t start = (size_t)(content.p - chunk.p);
	size_t at = 0;

	for (uint32_t i = 0; i < f->n_names; i++) {
		const struct name *const n = &f->names[i];
		const size_t offset = le_u32(content.p + n->at);
		const bool here = offset == start + n->at + OFFSET_BYTES;
		const bool was_here = n->text.p == NULL;
		if (memcmp(f->bytes.p + at, content.p + at, n->at - at) != 0 ||
		    here != was_here ||
		    (!here && !span_eq(name_text(chunk, offset), n->text)))
			return false;
		at = n->at + OFFSET_BYTES;
		if (here)
			at += OFFSET_BYTES; /* the link before the name */
	}
	return memcmp(f->bytes.p + at, content.p + at, content.n - at) == 0;
}

struct template *
definition_cache_find(
    const struct definition_cache *f, const struct binxml_definition *d)
{
	const struct span content =
	    span_of(d->content.at.p, d->content.at.left);
	const uint32_t id = le_u32(d->guid.p);
	const struct cached_definition *n = f->bucket[bucket_of(id, content.n)];

	for (; n != NULL; n = n->next) {
		if (n->id == id && n->bytes.n == content.n &&
		    matches(n, d->content.chunk, content))
			return n->of;
	}
	return NULL;
}

static bool
copy_names(struct cached_definition *n, struct arena *a,
    const struct binxml_definition *d, const struct binxml_names *names)
{
	const size_t start = binxml_offset(&d->content);

	n->n_names = (uint32_t)names->n;
	n->names = arena_alloc(a, names->n * sizeof(*n->names));
	for (size_t i = 0; n->names != NULL && i < names->n; i++) {
		const struct binxml_name from = names->name[i];
		struct name *const to = &n->names[i];
		to->at = from.at - (uint32_t)start;
		if (from.name == from.at + OFFSET_BYTES)
			continue;
		to->text =
		    arena_copy(a, name_text(d->content.chunk, from.name));
		if (to->text.p == NULL)
			return false;
	}
	return n->names != NULL;
}

void
definition_cache_add(struct definition_cache *f,
    const struct binxml_definition *d, const struct binxml_names *names,
    struct template *t)
{
	const struct span content =
	    span_of(d->content.at.p, d->content.at.left);
	const uint32_t id = le_u32(d->guid.p);
	struct cached_definition **const bucket =
	    &f->bucket[bucket_of(id, content.n)];

	if (names->n > BINXML_NAMES_MAX)
		return;
	struct cached_definition *const n = arena_alloc(&f->arena, sizeof(*n));
	if (n != NULL && copy_names(n, &f->arena, d, names))
		n->bytes = arena_copy(&f->arena, content);
	if (n == NULL || n->bytes.p == NULL) {
		definition_cache_clear(f); /* no room: start again */
		return;
	}
	n->id = id;
	n->of = t;
	n->next = *bucket;
	*bucket = n;
}
