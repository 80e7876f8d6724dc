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
#define PLACES 4096U     /* a power of two */
#define PLACES_MAX 2048U /* more than 64 KiB can define without overlaps */
#define DEFINITION_MAX ((size_t)1 << 20)

/* Work that the definitions of a chunk may cost: bytes of memory that they
 * fill, and bytes read by those that cannot be parsed. Definitions may overlap
 * and refer to long names, so 64 KiB can ask for far more. What counts is only
 * what the chunk says, not what is known from others before it: the budget
 * ends at the same record in every run. */
#define WORK_MAX ((size_t)2 << 20)
#define WORK_EACH ((size_t)64) /* for each definition, however short */
#define FAILURES_BYTES ((size_t)1 << 20)
#define FAILURE_TEXT 200U

/* Where a template was found in this chunk. */
struct place {
	uint64_t chunk; /* number of the chunk, 0: free */
	uint64_t key;   /* the template's id and its definition's offset */
	struct template *template;
	uint64_t fixed; /* repaired names that it uses, see name_check.h */
	const struct failure *failure; /* why there is no template, or NULL */
};

/* Why a definition cannot be read. */
struct failure {
	enum why why;
	unsigned refused; /* damaged names that were read, */
	const struct template_catalog
	    *known; /* and what could have repaired them */
	char text[FAILURE_TEXT];
};

struct templates {
	struct template_catalog *catalog; /* may be NULL */
	const struct chunk *chunk;
	bool old;
	struct name_check *check;
	uint64_t chunk_number;
	struct place places[PLACES];
	unsigned n_places;
	struct arena failures; /* of this chunk */
	size_t work; /* that the definitions of this chunk have cost */
	struct template *bucket[BUCKETS];
	struct template *all; /* newest first */
	struct definition_cache forms;
	struct binxml_names taken; /* of the definition that is being read */
	struct arena arena;        /* of what is kept */
	struct arena scratch;      /* of what is being read */
	struct buf text;           /* what that says */
	struct buf names;          /* while they are converted */
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
	definition_cache_init(&t->forms);
	/* A chunk adds no more than its budget and a last definition, with
	 * its text: what is kept already never decides over a record. */
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
	definition_cache_free(&t->forms);
	arena_free(&t->arena);
	arena_free(&t->scratch);
	arena_free(&t->failures);
	buf_reset(&t->text);
	buf_reset(&t->names);
	free(t);
}

void
templates_start_chunk(struct templates *t, const struct chunk *c, bool old)
{
	t->chunk = c;
	t->old = old;
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
	definition_cache_clear(&t->forms);
	arena_reset(&t->arena);
}

struct template *
templates_next(const struct templates *t, const struct template *after)
{
	return after == NULL ? t->all : after->older;
}

static struct place *
place_of(struct templates *t, size_t offset, uint64_t key)
{
	size_t i = offset * 2654435761U >> 7 & (PLACES - 1);

	while (t->places[i].chunk == t->chunk_number && t->places[i].key != key)
		i = (i + 1) & (PLACES - 1);
	return &t->places[i];
}

/* What stands before the used area's end is as new as the chunk, and what
 * stands behind it may be of any age: names are of the same age only if they
 * were written together with the definition. */
static size_t
names_from(const struct templates *t, const struct binxml *definition)
{
	const uint32_t at = (uint32_t)binxml_offset(definition);

	return at < chunk_used_end(t->chunk) ? 0
					     : chunk_carved_run(t->chunk, at);
}

static enum rc
parse(struct templates *t, struct binxml_definition *d, struct arena *into,
    struct node **content, struct err *e)
{
	struct binxml b = d->content;

	b.check_names = t->old;
	b.check = t->old ? NULL : t->check;
	b.names_from = t->old ? names_from(t, &b) : 0;
	b.into = into;
	b.names = &t->taken;
	t->taken.n = 0;
	b.scratch = &t->names;
	binxml_skip_fragment_header(&b.at);
	const enum rc rc = binxml_read_content(&b, content, e);
	if (rc != RC_OK)
		t->work += d->content.at.left - b.at.left;
	return rc;
}

static enum rc
too_large(const struct binxml_definition *d, struct err *e)
{
	return err_set(e, RC_SKIP, WHY_LIMIT,
	    "the template whose content is at offset %zu of the chunk is too "
	    "large",
	    binxml_offset(&d->content));
}

/* Keep a definition that says what none before it said. */
static enum rc
keep(struct templates *t, struct binxml_definition *d, struct template **bucket,
    struct template **out, struct err *e)
{
	struct template *const n = arena_alloc(&t->arena, sizeof(*n));

	if (n == NULL)
		return too_large(d, e);
	n->text = arena_copy(&t->arena, buf_span(&t->text));
	if (n->text.p == NULL)
		return too_large(d, e);
	const enum rc rc = parse(t, d, &t->arena, &n->content, e);
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

static enum rc
find_definition(struct templates *t, const struct binxml_instance *i,
    struct binxml_definition *d, struct err *e)
{
	const enum rc rc =
	    binxml_read_definition(t->chunk->bytes, i->definition, d, e);

	if (rc != RC_OK)
		return rc;
	struct cursor guid = cursor_of(d->guid);
	if (cursor_u32(&guid) != i->id)
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "the template 0x%08x is not at offset %zu of the chunk",
		    i->id, i->definition);
	return RC_OK;
}

/* Tell the catalog what this definition says. */
static void
tell(struct templates *t, const struct binxml_definition *d, struct template *n)
{
	const bool sound =
	    binxml_definition_end(d) <= chunk_verified_end(t->chunk);

	if (t->catalog == NULL)
		return;
	if (n->told && (n->sound || !sound) &&
	    memcmp(n->guid, d->guid.p, TEMPLATE_GUID_BYTES) == 0)
		return;
	struct template_entry item = { .text = n->text, .sound = sound };
	memcpy(item.guid, d->guid.p, TEMPLATE_GUID_BYTES);
	template_catalog_add(t->catalog, &item);
	memcpy(n->guid, d->guid.p, TEMPLATE_GUID_BYTES);
	n->told = true;
	n->sound = sound;
}

/* Parse a definition, and see whether another one has said the same. */
static enum rc
read(struct templates *t, struct binxml_definition *d, struct template **out,
    struct err *e)
{
	struct node *content;

	arena_reset(&t->scratch);
	const enum rc rc = parse(t, d, &t->scratch, &content, e);
	t->work += t->scratch.used;
	if (rc != RC_OK)
		return rc;
	buf_cut(&t->text, 0);
	template_codec_write(&t->text, content);
	if (t->text.full || content == NULL)
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "the template whose content is at offset %zu of the chunk "
		    "is empty or too large",
		    binxml_offset(&d->content));
	struct template **const bucket =
	    &t->bucket[crc_add(0, buf_span(&t->text)) % BUCKETS];
	for (struct template *n = *bucket; n != NULL; n = n->next) {
		if (!span_eq(n->text, buf_span(&t->text)))
			continue;
		*out = n;
		return RC_OK;
	}
	return keep(t, d, bucket, out, e);
}

/* A form is kept if all of its names fit their hashes. */
static enum rc
read_form(struct templates *t, struct binxml_definition *d,
    struct template **out, struct err *e)
{
	const unsigned doubted = t->check->doubted;

	t->check->guid = d->guid.p;
	const enum rc rc = read(t, d, out, e);
	t->check->guid = NULL;
	if (rc == RC_OK && !t->old && t->check->used == 0 &&
	    t->check->doubted == doubted)
		definition_cache_add(&t->forms, d, &t->taken, *out);
	return rc;
}

static enum rc
find(struct templates *t, const struct binxml_instance *i,
    struct template **out, struct err *e)
{
	struct binxml_definition d;

	t->work += WORK_EACH;
	if (t->work > WORK_MAX || t->n_places == PLACES_MAX)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "the template definitions of its chunk take more work than "
		    "a chunk may take");
	enum rc rc = find_definition(t, i, &d, e);
	if (rc != RC_OK)
		return rc;
	*out = t->old ? NULL : definition_cache_find(&t->forms, &d);
	if (*out == NULL)
		rc = read_form(t, &d, out, e);
	else
		t->work += (*out)->work;
	if (rc != RC_OK)
		return rc;
	assert(*out != NULL);
	tell(t, &d, *out);
	return RC_OK;
}

/* Why a definition cannot be read; NULL: that cannot be kept. */
static const struct failure *
failure_of(struct templates *t, unsigned refused, const struct err *e)
{
	struct failure *const f = arena_alloc(&t->failures, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->why = e->why;
	f->refused = refused;
	f->known = t->check->known;
	(void)snprintf(f->text, sizeof(f->text), "%.*s",
	    (int)sizeof(f->text) - 1, e->text);
	return f;
}

/* What was found at a place before. */
static enum rc
found(struct templates *t, const struct place *p, struct template **out,
    struct err *e)
{
	const struct failure *const f = p->failure;

	*out = p->template;
	t->check->used |= p->fixed;
	if (f == NULL)
		return RC_OK;
	t->check->refused += f->refused;
	return err_set(e, RC_SKIP, f->why, "%s", f->text);
}

/* Keep what was found. What has no room is read again each time, within the
 * budget of the chunk. */
static void
note_place(struct templates *t, struct place *p, const struct place *what)
{
	if (p->chunk != t->chunk_number) {
		if (t->n_places == PLACES_MAX)
			return;
		t->n_places++;
	}
	*p = *what;
}

enum rc
templates_find(struct templates *t, const struct binxml_instance *i,
    struct template **out, struct err *e)
{
	const uint64_t key = (uint64_t)i->id << 32 | i->definition;
	struct place *const p = place_of(t, i->definition, key);

	/* A damaged name may be repaired when more is known. */
	if (p->chunk == t->chunk_number &&
	    (p->failure == NULL || p->failure->known == t->check->known))
		return found(t, p, out, e);
	const uint64_t before = t->check->used;
	const unsigned refused = t->check->refused;
	t->check->used = 0;
	const enum rc rc = find(t, i, out, e);
	struct place what = { t->chunk_number, key, rc == RC_OK ? *out : NULL,
		t->check->used, NULL };
	t->check->used |= before;
	if (rc == RC_SKIP)
		what.failure = failure_of(t, t->check->refused - refused, e);
	if (rc == RC_OK || what.failure != NULL)
		note_place(t, p, &what);
	return rc;
}

void
templates_scan(struct templates *t, size_t from, size_t end)
{
	static const uint8_t start[2] = { 0x0c, 1 }; /* token, version */
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
