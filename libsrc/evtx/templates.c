/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evtx/definition_cache.h"
#include "evtx/template_codec.h"
#include "evtx/templates.h"
#include "util/crc.h"

#define BUCKETS 256U
#define PLACES 4096U /* size of the hash table, a power of two */
/* Maximum number of definitions in the hash table: a chunk has no room for more
 * that do not overlap. */
#define PLACES_MAX 2048U
#define DEFINITION_MAX ((size_t)1 << 20)

/* Maximum work for the template definitions of a chunk: the bytes of their
 * nodes and, for definitions that cannot be parsed, the bytes up to the error.
 * Definitions may overlap and refer to long names, so 64 KiB can require far
 * more work. Cached definitions count as if they were parsed, so that the limit
 * is reached at the same record in every run. */
#define WORK_MAX ((size_t)2 << 20)
/* Work that is added for each definition, however short it is. */
#define WORK_EACH ((size_t)64)
#define FAILURES_BYTES ((size_t)1 << 20)
#define FAILURE_TEXT 200U

/* The result for a definition to which instances of this chunk refer: a
 * template or a failure. */
struct place {
	/* Number of the chunk; the place is free if this is not the current
	 * chunk. */
	uint64_t chunk;
	uint64_t key; /* the template's id and its definition's offset */
	struct template *template;
	/* Bit i: the definition has the repaired name i; see name_check.h. */
	uint64_t fixed;
	const struct failure *failure; /* why there is no template, or NULL */
};

/* Why a definition cannot be read. */
struct failure {
	enum why why;
	unsigned refused; /* number of refused names in the definition */
	const struct template_catalog
	    *catalog; /* catalog with which names were repaired; NULL: none */
	char text[FAILURE_TEXT];
};

struct templates {
	struct template_catalog *catalog; /* catalog of the run, may be NULL */
	const struct chunk *chunk;
	bool carved;
	struct name_check *check;
	uint64_t chunk_number;
	/* Hash table of the definitions of this chunk. */
	struct place places[PLACES];
	unsigned n_places;
	struct arena failures; /* memory of the failures of this chunk */
	size_t work;           /* work for this chunk so far; see WORK_MAX */
	struct template *bucket[BUCKETS];
	struct template *all; /* all templates, newest first */
	struct definition_cache cache;
	/* Names of the definition being parsed. */
	struct binxml_names used_names;
	/* Memory of all templates, until templates_clear(). */
	struct arena arena;
	struct arena scratch; /* nodes of the definition being parsed */
	struct buf text;  /* content of the definition being parsed, as bytes */
	struct buf names; /* buffer for the conversion of names */
};

enum rc
templates_create(struct templates **tp, struct template_catalog *catalog,
    struct name_check *check, struct err *e)
{
	struct templates *const t = calloc(1, sizeof(*t));

	*tp = NULL;
	if (t == NULL)
		return err_nomem(e);
	t->catalog = catalog;
	t->check = check;
	definition_cache_init(&t->cache);
	/* The arena has room beyond its maximum for the work of one chunk and a
	 * last definition, so that whether a record can be read never depends
	 * on what is kept from other chunks. */
	arena_init(
	    &t->arena, TEMPLATES_BYTES_MAX + 2 * WORK_MAX + 4 * DEFINITION_MAX);
	arena_init(&t->failures, FAILURES_BYTES);
	arena_init(&t->scratch, DEFINITION_MAX);
	buf_init(&t->text, DEFINITION_MAX);
	buf_init(&t->names, DEFINITION_MAX);
	*tp = t;
	return RC_OK;
}

void
templates_destroy(struct templates *t)
{
	if (t == NULL)
		return;
	definition_cache_free(&t->cache);
	arena_free(&t->arena);
	arena_free(&t->scratch);
	arena_free(&t->failures);
	buf_reset(&t->text);
	buf_reset(&t->names);
	free(t);
}

void
templates_start_chunk(struct templates *t, const struct chunk *c, bool carved)
{
	t->chunk = c;
	t->carved = carved;
	t->chunk_number++;
	t->n_places = 0;
	arena_reset(&t->failures);
	t->work = 0;
}

bool
templates_is_full(const struct templates *t)
{
	return t->arena.used > TEMPLATES_BYTES_MAX;
}

void
templates_clear(struct templates *t)
{
	memset(t->bucket, 0, sizeof(t->bucket));
	t->all = NULL;
	t->chunk_number++;
	t->n_places = 0;
	definition_cache_clear(&t->cache);
	arena_reset(&t->arena);
}

struct template *
templates_next(const struct templates *t, const struct template *after)
{
	return after == NULL ? t->all : after->older;
}

static enum rc
parse(struct templates *t, const struct binxml_definition *d,
    struct arena *into, struct node **content, struct err *e)
{
	struct binxml b = d->content;
	const uint32_t at = (uint32_t)binxml_offset(&b);

	/* Names in the used area are current. For a definition in free space
	 * only names that were written together with it can be trusted. */
	if (t->carved && at >= chunk_used_end(t->chunk))
		b.names_from = chunk_carved_run(t->chunk, at);
	b.check_names = t->carved;
	b.check = t->carved ? NULL : t->check;
	b.into = into;
	b.names = &t->used_names;
	t->used_names.n = 0;
	b.scratch = &t->names;
	binxml_skip_fragment_header(&b.at);
	const enum rc rc = binxml_read_content(&b, content, e);
	if (rc != RC_OK)
		t->work += d->content.at.left - b.at.left;
	return rc;
}

/* Parse a definition; *out is the template with the same content, or a new
 * one. */
static enum rc
parse_definition(struct templates *t, const struct binxml_definition *d,
    struct template **out, struct err *e)
{
	const size_t at = binxml_offset(&d->content);
	struct node *content;

	arena_reset(&t->scratch);
	enum rc rc = parse(t, d, &t->scratch, &content, e);
	t->work += t->scratch.used;
	if (rc != RC_OK)
		return rc;
	buf_cut(&t->text, 0);
	template_codec_write(&t->text, content);
	if (t->text.full || content == NULL)
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "the template whose content is at offset %zu of the chunk "
		    "is empty or too large",
		    at);
	const struct span text = buf_span(&t->text);
	struct template **const bucket = &t->bucket[crc_add(0, text) % BUCKETS];
	for (struct template *n = *bucket; n != NULL; n = n->next) {
		if (!span_eq(n->text, text))
			continue;
		*out = n;
		return RC_OK;
	}
	struct template *const n = arena_alloc(&t->arena, sizeof(*n));
	if (n != NULL)
		n->text = arena_copy(&t->arena, text);
	if (n == NULL || n->text.p == NULL)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "the template whose content is at offset %zu of the chunk "
		    "is too large",
		    at);
	rc = parse(t, d, &t->arena, &n->content, e);
	if (rc != RC_OK)
		return rc;
	n->work = t->scratch.used;
	n->next = *bucket;
	*bucket = n;
	n->older = t->all;
	t->all = n;
	*out = n;
	return RC_OK;
}

/* Find the template in the cache of definitions, or parse its definition. A
 * definition is cached if all of its names match their hashes. */
static enum rc
find_definition(struct templates *t, const struct binxml_definition *d,
    struct template **out, struct err *e)
{
	struct name_check *const check = t->check;
	const unsigned mismatches = check->n_accepted;

	*out = t->carved ? NULL : definition_cache_find(&t->cache, d);
	if (*out != NULL) {
		t->work += (*out)->work;
		return RC_OK;
	}
	check->guid = d->guid.p;
	const enum rc rc = parse_definition(t, d, out, e);
	check->guid = NULL;
	if (rc == RC_OK && !t->carved && check->used == 0 &&
	    check->n_accepted == mismatches)
		definition_cache_add(&t->cache, d, &t->used_names, *out);
	return rc;
}

/* Read the definition to which an instance refers, and add its template to the
 * catalog. */
static enum rc
read_definition(struct templates *t, const struct binxml_instance *i,
    struct template **out, struct err *e)
{
	struct binxml_definition d;

	t->work += WORK_EACH;
	if (t->work > WORK_MAX || t->n_places == PLACES_MAX)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "the template definitions of the chunk exceed the work "
		    "limit");
	enum rc rc =
	    binxml_read_definition(t->chunk->bytes, i->definition, &d, e);
	if (rc != RC_OK)
		return rc;
	if (le_u32(d.guid.p) != i->id)
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "the template 0x%08x is not at offset %zu of the chunk",
		    i->id, i->definition);
	rc = find_definition(t, &d, out, e);
	if (rc != RC_OK || t->catalog == NULL)
		return rc;
	struct template *const n = *out;
	assert(n != NULL);
	struct template_entry entry = { .text = n->text,
		.source = template_catalog_source(t->catalog) };
	entry.sound = binxml_definition_end(&d) <= chunk_verified_end(t->chunk);
	if (n->in_catalog && (n->sound || !entry.sound) &&
	    memcmp(n->guid, d.guid.p, TEMPLATE_GUID_BYTES) == 0)
		return RC_OK;
	memcpy(entry.guid, d.guid.p, TEMPLATE_GUID_BYTES);
	template_catalog_add(t->catalog, &entry);
	memcpy(n->guid, d.guid.p, TEMPLATE_GUID_BYTES);
	n->in_catalog = true;
	n->sound = entry.sound;
	return RC_OK;
}

/* Keep a copy of the error for the next instances that refer to the same
 * definition; NULL if there is no room. */
static const struct failure *
keep_failure(struct templates *t, unsigned refused, const struct err *e)
{
	struct failure *const f = arena_alloc(&t->failures, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->why = e->why;
	f->refused = refused;
	f->catalog = t->check->catalog;
	(void)snprintf(f->text, sizeof(f->text), "%.*s",
	    (int)sizeof(f->text) - 1, e->text);
	return f;
}

enum rc
templates_find(struct templates *t, const struct binxml_instance *i,
    struct template **out, struct err *e)
{
	const uint64_t key = (uint64_t)i->id << 32 | i->definition;
	struct name_check *const check = t->check;
	size_t at = i->definition * 2654435761U >> 7 & (PLACES - 1);

	while (
	    t->places[at].chunk == t->chunk_number && t->places[at].key != key)
		at = (at + 1) & (PLACES - 1);
	struct place *const p = &t->places[at];
	const struct failure *const f = p->failure;
	const bool seen = p->chunk == t->chunk_number;
	if (seen && f == NULL) {
		*out = p->template;
		check->used |= p->fixed;
		return RC_OK;
	}
	/* With another catalog, damaged names may be repaired after all. */
	if (seen && f->catalog == check->catalog) {
		check->used |= p->fixed;
		check->refused += f->refused;
		return err_set(e, RC_SKIP, f->why, "%s", f->text);
	}
	const uint64_t used_before = check->used;
	const unsigned refused_before = check->refused;
	check->used = 0;
	const enum rc rc = read_definition(t, i, out, e);
	const uint64_t fixed = check->used;
	check->used |= used_before;
	const struct failure *const why =
	    rc == RC_SKIP ? keep_failure(t, check->refused - refused_before, e)
			  : NULL;
	/* A result for which there is no room is computed again for each
	 * instance, within the work limit of the chunk. */
	if ((rc != RC_OK && why == NULL) ||
	    (!seen && t->n_places == PLACES_MAX))
		return rc;
	if (!seen)
		t->n_places++;
	*p = (struct place){ t->chunk_number, key, rc == RC_OK ? *out : NULL,
		fixed, why };
	return rc;
}

void
templates_scan(struct templates *t, size_t from, size_t end)
{
	/* Token and version of an instance. */
	static const uint8_t start[2] = { 0x0c, 1 };
	const struct span bytes = t->chunk->bytes;
	struct binxml_instance i;
	struct template *found;
	struct err e;

	while (from < end) {
		const uint8_t *const p =
		    memmem(bytes.p + from, end - from, start, sizeof(start));
		if (p == NULL)
			return;
		from = (size_t)(p - bytes.p) + 1;
		struct cursor at = cursor_of(span_of(p, end - from + 1));
		if (binxml_read_instance(bytes, &at, &i, &e) == RC_OK &&
		    i.definition == from - 1 + BINXML_INSTANCE_BYTES)
			(void)templates_find(t, &i, &found, &e);
	}
}
