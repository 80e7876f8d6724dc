/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "evtx/templates.h"
#include "util/crc.h"

#define BUCKETS 256U
#define PLACES 512U /* a power of two, far above the templates of a chunk */
#define DEFINITION_MAX ((size_t)2 << 20)

/* Where a template was found in this chunk. */
struct place {
	uint64_t chunk; /* number of the chunk, 0: free */
	size_t offset;
	struct template *template;
};

struct templates {
	struct span chunk;
	uint64_t chunk_number;
	struct place places[PLACES];
	unsigned n_places;
	struct template *bucket[BUCKETS];
	struct template *first; /* of all, newest first */
	struct template *all;   /* newest first */
	struct arena arena;     /* of what is kept */
	struct arena scratch;   /* of what is being read */
	struct buf text;        /* what that says */
	struct buf names;       /* while they are converted */
};

enum rc
templates_create(struct templates **tp, struct err *e)
{
	struct templates *const t = calloc(1, sizeof(*t));

	*tp = NULL;
	if (t == NULL)
		return err_nomem(e);
	arena_init(&t->arena, 2 * TEMPLATES_BYTES_MAX);
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
	arena_free(&t->arena);
	arena_free(&t->scratch);
	buf_reset(&t->text);
	buf_reset(&t->names);
	free(t);
}

void
templates_chunk(struct templates *t, struct span chunk)
{
	t->chunk = chunk;
	t->chunk_number++;
	t->n_places = 0;
}

bool
templates_full(const struct templates *t)
{
	return t->arena.used > TEMPLATES_BYTES_MAX;
}

void
templates_forget(struct templates *t)
{
	memset(t->bucket, 0, sizeof(t->bucket));
	t->all = NULL;
	t->chunk_number++;
	t->n_places = 0;
	arena_reset(&t->arena);
}

struct template *
templates_next(const struct templates *t, const struct template *after)
{
	return after == NULL ? t->all : after->older;
}

static struct place *
place_of(struct templates *t, size_t offset)
{
	size_t i = offset * 2654435761U >> 7 & (PLACES - 1);

	while (t->places[i].chunk == t->chunk_number &&
	       t->places[i].offset != offset)
		i = (i + 1) & (PLACES - 1);
	return &t->places[i];
}

/* What a list of nodes says, in bytes that no other list has: names and texts
 * have their lengths before them. */
static void
describe(struct buf *b, const struct node *n)
{
	for (; n != NULL; n = n->next) {
		const struct span text =
		    n->kind == NODE_TEXT ? value_bytes(&n->value) : n->name;
		const uint8_t head[8] = { (uint8_t)(n->kind + 1),
			(uint8_t)n->hole, (uint8_t)(n->hole >> 8),
			(uint8_t)text.n, (uint8_t)(text.n >> 8),
			(uint8_t)(text.n >> 16), n->attrs != NULL,
			n->kids != NULL };
		buf_put(b, span_of(head, sizeof(head)));
		buf_put(b, text);
		if (n->attrs != NULL)
			describe(b, n->attrs);
		if (n->kids != NULL)
			describe(b, n->kids);
	}
	buf_byte(b, 0);
}

static enum rc
parse(struct templates *t, struct bxml_definition *d, struct arena *into,
    struct node **content, struct err *e)
{
	struct bxml b = d->content;

	b.into = into;
	b.scratch = &t->names;
	bxml_skip_header(&b);
	return bxml_content(&b, content, e);
}

/* Keep a definition that says what none before it said. */
static enum rc
keep(struct templates *t, struct bxml_definition *d, struct template **bucket,
    struct template **out, struct err *e)
{
	struct template *const n = arena_alloc(&t->arena, sizeof(*n));

	if (n == NULL)
		return err_nomem(e);
	n->text = arena_copy(&t->arena, buf_span(&t->text));
	if (n->text.p == NULL)
		return err_nomem(e);
	const enum rc rc = parse(t, d, &t->arena, &n->content, e);
	if (rc != RC_OK)
		return rc;
	n->next = *bucket;
	*bucket = n;
	n->older = t->all;
	t->all = n;
	*out = n;
	return RC_OK;
}

static enum rc
find(struct templates *t, size_t offset, struct template **out, struct err *e)
{
	struct bxml_definition d;
	struct node *content;

	enum rc rc = bxml_definition(t->chunk, offset, &d, e);
	arena_reset(&t->scratch);
	if (rc == RC_OK)
		rc = parse(t, &d, &t->scratch, &content, e);
	if (rc != RC_OK)
		return rc;
	buf_cut(&t->text, 0);
	describe(&t->text, content);
	if (t->text.full || content == NULL)
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "the template at offset %zu of the chunk is empty or too "
		    "large",
		    offset);
	struct template **const bucket =
	    &t->bucket[crc_add(0, buf_span(&t->text)) % BUCKETS];
	for (struct template *n = *bucket; n != NULL; n = n->next) {
		if (!span_eq(n->text, buf_span(&t->text)))
			continue;
		*out = n;
		return RC_OK;
	}
	return keep(t, &d, bucket, out, e);
}

enum rc
templates_at(
    struct templates *t, size_t offset, struct template **out, struct err *e)
{
	struct place *const p = place_of(t, offset);

	if (p->chunk == t->chunk_number) {
		*out = p->template;
		return RC_OK;
	}
	const enum rc rc = find(t, offset, out, e);
	/* A hostile chunk may point anywhere: what does not fit is found
	 * again each time. */
	if (rc != RC_OK || t->n_places == PLACES / 2)
		return rc;
	t->n_places++;
	*p = (struct place){ t->chunk_number, offset, *out };
	return RC_OK;
}
