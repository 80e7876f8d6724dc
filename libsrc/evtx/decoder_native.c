/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own decoder. Per record it finds the template instance, compares its
 * value descriptors with a shape that is known, and lends the shape's tree
 * with the values as spans of the chunk. Everything that has no shape (no
 * template, Binary XML of its own, the first of its kind) is expanded to a
 * tree of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "evtx/decoder.h"
#include "evtx/signature_repair.h"
#include "evtx/tree_cache.h"

#define NODES_MAX ((size_t)8 << 20) /* of one event */

/* Memory that the trees of a chunk's records take together, whether they are
 * made or lent: a few bytes of a record can ask for megabytes. It depends on
 * the chunk alone, not on the shapes that are known. Real chunks stay below
 * 4 MiB. */
#define CHUNK_NODES_MAX ((size_t)32 << 20)
#define RECORD_HEADER 24U
#define REPAIRED_MAX 1024
#define SIZE_COPY 4U

/* The instances of a record, read without looking at more than their heads
 * and their descriptors. */
struct glance {
	struct value_layout *parts[TEMPLATE_EXPAND_PARTS_MAX];
	size_t n_parts;
	size_t n;     /* values */
	uint32_t end; /* offset in the chunk behind the last instance */
};

struct decoder {
	struct templates *templates;
	struct tree_cache shapes;
	struct value *values; /* TEMPLATE_EXPAND_VALUES_MAX */
	uint32_t *words;      /* of the values */
	struct arena nodes;   /* of an event without a shape */
	size_t spent;         /* bytes of the trees of this chunk */
	struct buf scratch;
	struct chunk chunk;
	uint32_t at;          /* the next record header */
	struct glance glance; /* at the record */
	bool wants_system_only;
	bool system_only; /* of this chunk */
	struct name_check names;
	size_t told;                 /* doubts about names of this chunk */
	char repaired[REPAIRED_MAX]; /* of the record */
	struct err unsaid; /* why a glance failed: expanding says it again */

	/* Of late records only. */
	bool old;
	const struct template_catalog *known;
	const struct template_entry
	    *recovered_templates[TEMPLATE_EXPAND_RECOVERED_MAX];
};

static void
native_destroy(struct decoder *d)
{
	if (d == NULL)
		return;
	if (d->templates != NULL)
		tree_cache_clear(&d->shapes);
	templates_destroy(d->templates);
	arena_free(&d->nodes);
	name_check_free(&d->names);
	buf_reset(&d->scratch);
	free(d->values);
	free(d->words);
	free(d);
}

static enum rc
native_create(
    struct decoder **dp, const struct decoder_options *o, struct err *e)
{
	struct decoder *const d = calloc(1, sizeof(*d));

	*dp = NULL;
	if (d == NULL)
		return err_nomem(e);
	name_check_init(&d->names);
	arena_init(&d->nodes, NODES_MAX);
	buf_init(&d->scratch, NODES_MAX);
	d->values = calloc(TEMPLATE_EXPAND_VALUES_MAX, sizeof(*d->values));
	d->words = calloc(TEMPLATE_EXPAND_VALUES_MAX, sizeof(*d->words));
	const enum rc rc =
	    d->values == NULL || d->words == NULL
		? err_nomem(e)
		: templates_create(&d->templates, o->catalog, &d->names, e);
	if (rc != RC_OK) {
		native_destroy(d);
		return rc;
	}
	d->wants_system_only = o->system_only;
	d->shapes =
	    (struct tree_cache){ .templates = d->templates, .drop = o->drop };
	*dp = d;
	return RC_OK;
}

/* Start on the chunk's records, or on those that are older than it. */
static void
start(struct decoder *d, bool old)
{
	d->old = old;
	d->known = NULL;
	d->told = 0;
	d->spent = 0;
	name_check_start(&d->names, &d->chunk);
	tree_cache_start_chunk(&d->shapes);
	templates_start_chunk(d->templates, &d->chunk, old);
}

static enum rc
native_start(struct decoder *d, const struct chunk *c, struct err *e)
{
	(void)e;
	d->chunk = *c;
	d->at = CHUNK_HEADER;
	/* Where something may be damaged, all of it is looked at. */
	d->system_only = d->wants_system_only && chunk_verified_end(c) != 0 &&
			 c->raw == NULL;
	start(d, false);
	return RC_OK;
}

/* One instance and no more than that; NULL: its variant is not known. */
static struct value_layout *
glance_at(struct decoder *d, struct span bytes)
{
	struct glance *const g = &d->glance;
	struct cursor at = cursor_of(bytes);
	struct binxml_instance head;
	struct template *t;

	binxml_skip_fragment_header(&at);
	if (g->n_parts == TEMPLATE_EXPAND_PARTS_MAX ||
	    binxml_peek(&at) != BINXML_TEMPLATE_INSTANCE ||
	    binxml_read_instance(d->chunk.bytes, &at, &head, &d->unsaid) !=
		RC_OK ||
	    templates_find(d->templates, &head, &t, &d->unsaid) != RC_OK)
		return NULL;
	const uint32_t n = cursor_u32(&at);
	if (at.bad || n > TEMPLATE_EXPAND_VALUES_MAX - g->n)
		return NULL;
	struct value_layout *const v =
	    value_layout_match(t, &at, n, d->values + g->n, d->words + g->n);
	if (v == NULL || binxml_has_more(&at))
		return NULL;
	g->parts[g->n_parts++] = v;
	g->n += n;
	g->end = (uint32_t)(at.p - d->chunk.bytes.p);
	return v;
}

/* The instances nested in one whose values start at `base`. */
static bool
glance_nested(struct decoder *d, const struct value_layout *v, size_t base)
{
	for (uint32_t i = 0; i < v->n_nested; i++) {
		const struct value *const nested =
		    &d->values[base + v->nested[i]];
		const size_t first = d->glance.n;
		const struct value_layout *const inner =
		    glance_at(d, value_bytes(nested));
		if (inner == NULL || !glance_nested(d, inner, first))
			return false;
	}
	return true;
}

static void
lend(struct decoder *d, struct record *r, struct cached_tree *s)
{
	r->tree = (struct tree){ s->root, d->values, s->n_values };
	r->slot = &s->slot;
	s->used = d->shapes.now;
	d->spent += s->nodes.used;
	r->nodes = s->nodes.used;
}

static struct span
content_of(const struct decoder *d, const struct record *r)
{
	return span_of(d->chunk.bytes.p + r->header.offset + RECORD_HEADER,
	    r->header.size - RECORD_HEADER - SIZE_COPY);
}

static struct template_expand
expand_of(struct decoder *d, const struct record *r)
{
	return (struct template_expand){
		.chunk = d->chunk.bytes,
		.templates = d->templates,
		.check = &d->names,
		.into = &d->nodes,
		.scratch = &d->scratch,
		.values = d->values,
		.words = d->words,
		.known = d->known,
		.old = d->old,
		.names_from =
		    d->old ? chunk_carved_run(&d->chunk, r->header.offset) : 0,
	};
}

/* Make the record's own tree, and learn its shape if it has one. */
static enum rc
expand(struct decoder *d, struct record *r, struct err *e)
{
	struct template_expand x = expand_of(d, r);
	struct node *first;

	arena_reset(&d->nodes);
	const enum rc rc =
	    template_expand_fragment(&x, content_of(d, r), &first, e);
	r->template_missing = x.template_missing;
	if (rc != RC_OK) {
		d->spent += d->nodes.used;
		return rc;
	}
	r->content_end = x.end;
	memcpy(d->recovered_templates, x.recovered_templates,
	    sizeof(d->recovered_templates));
	r->recovered_templates = d->recovered_templates;
	r->n_recovered_templates = x.n_recovered_templates;
	const struct node *const root = tree_element(first);
	if (root == NULL)
		return err_set(
		    e, RC_SKIP, WHY_CORRUPT, "the record holds no event");
	struct cached_tree *const s =
	    tree_cache_add(&d->shapes, &x, &d->nodes, root);
	if (s != NULL) {
		arena_init(&d->nodes, NODES_MAX);
		lend(d, r, s);
		return RC_OK;
	}
	d->spent += d->nodes.used;
	r->nodes = d->nodes.used;
	r->tree = (struct tree){ root, d->values, x.n };
	return RC_OK;
}

/* The whole of a record whose outer instance was looked at, if it is there. */
static enum rc
whole(struct decoder *d, struct record *r, struct err *e)
{
	struct glance *const g = &d->glance;

	/* What the outline's slot keeps is not of this tree. */
	r->system_only = false;
	r->slot = NULL;
	if (g->n_parts == 1 && glance_nested(d, g->parts[0], 0)) {
		struct cached_tree *const s =
		    tree_cache_find(g->parts, g->n_parts);
		if (s != NULL) {
			lend(d, r, s);
			return RC_OK;
		}
	}
	return expand(d, r, e);
}

/* The outer instance of a record: NULL if it is of no known variant. */
static const struct value_layout *
glance_outer(struct decoder *d, const struct record *r)
{
	d->glance.n_parts = 0;
	d->glance.n = 0;
	return glance_at(d, content_of(d, r));
}

/* A template that is defined inside of what is nested is for others, too. */
static void
tell_nested(struct decoder *d, const struct value *nested)
{
	struct cursor at = cursor_of(value_bytes(nested));
	struct binxml_instance head;
	struct template *t;

	binxml_skip_fragment_header(&at);
	if (binxml_has_definition(d->chunk.bytes, at) &&
	    binxml_read_instance(d->chunk.bytes, &at, &head, &d->unsaid) ==
		RC_OK)
		(void)templates_find(d->templates, &head, &t, &d->unsaid);
}

/* Make the outline of a record, which has none that is known, and learn it.
 * Whether there is one must not depend on what was learned before. */
static bool
expand_outline(struct decoder *d, struct record *r)
{
	struct template_expand x = expand_of(d, r);
	struct node *first;

	arena_reset(&d->nodes);
	x.system_only = true;
	if (template_expand_fragment(
		&x, content_of(d, r), &first, &d->unsaid) != RC_OK ||
	    !tree_cache_is_system_only(&x, first)) {
		d->spent += d->nodes.used;
		return false;
	}
	r->content_end = x.end;
	for (size_t i = 0; i < x.n; i++) {
		if (d->values[i].type == VALUE_BINXML)
			tell_nested(d, &d->values[i]);
	}
	struct cached_tree *const s =
	    tree_cache_add_system_only(&d->shapes, &x, &d->nodes, first);
	if (s == NULL) {
		d->spent += d->nodes.used;
		r->tree = (struct tree){ first, d->values, x.n };
		return true;
	}
	arena_init(&d->nodes, NODES_MAX);
	lend(d, r, s);
	return true;
}

static enum rc
decode(struct decoder *d, struct record *r, struct err *e)
{
	const struct value_layout *const v = glance_outer(d, r);

	if (v != NULL)
		r->content_end = d->glance.end;
	if (!d->system_only)
		return whole(d, r, e);
	if (v == NULL || v->system_only == NULL) {
		r->system_only = expand_outline(d, r);
		return r->system_only ? RC_OK : whole(d, r, e);
	}
	for (uint32_t i = 0; i < v->n_nested; i++)
		tell_nested(d, &d->values[v->nested[i]]);
	lend(d, r, v->system_only);
	r->system_only = true;
	return RC_OK;
}

/* Bytes where a record should be: go on at the next one that is believable. A
 * used area that is not believable itself is not searched: what stands there
 * may be older than the log. Both sizes of a record without its signature,
 * which was not mended, are a record that is lost. */
static enum rc
skip_region(struct decoder *d, struct record *r, struct err *e)
{
	const uint32_t from = d->at;
	const uint32_t end = chunk_used_end(&d->chunk);
	const uint32_t next = d->chunk.free_offset > CHUNK_BYTES
				  ? end
				  : chunk_resync(&d->chunk, from + 1);

	d->at = next;
	if (signature_repair_sizes_agree(&d->chunk, from, &r->header)) {
		struct chunk_record other;
		const uint32_t behind = from + r->header.size;
		if (behind < next &&
		    signature_repair_sizes_agree(&d->chunk, behind, &other) &&
		    !chunk_record_at(&d->chunk, behind, &other))
			d->at = behind;
		r->header.size = d->at - from;
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "the signature of the record is wrong, and its id, its "
		    "time or what follows it does not fit");
	}
	r->region = true;
	r->header =
	    (struct chunk_record){ .offset = from, .size = next - from };
	return err_set(e, RC_SKIP, WHY_CORRUPT,
	    "no record header where the next one should be");
}

/* A record header with a size that cannot be: the record is lost. */
static enum rc
skip_broken(struct decoder *d, struct record *r, struct err *e)
{
	const uint32_t size = r->header.size;

	d->at = chunk_resync(&d->chunk, d->at + 4);
	r->header.size = d->at - r->header.offset;
	return err_set(e, RC_SKIP, WHY_CORRUPT,
	    "the record says that it has %u bytes", size);
}

/* What was found out about the names of a record that was decoded. */
static void
tell_names(struct decoder *d, struct record *r)
{
	if (d->names.used != 0) {
		name_check_text(
		    &d->names, d->names.used, d->repaired, sizeof(d->repaired));
		r->repaired = d->repaired;
	}
	r->name_mismatches = d->names.doubt + d->told;
	r->n_name_mismatches = d->names.n_name_mismatches - d->told;
	d->told = d->names.n_name_mismatches;
}

/* Decode the record, and its names. */
static enum rc
decode_checked(struct decoder *d, struct record *r, struct err *e)
{
	d->names.used = 0;
	d->names.refused = 0;
	if (d->spent > CHUNK_NODES_MAX)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "the events of its chunk take over %zu MiB of memory",
		    CHUNK_NODES_MAX >> 20);
	const enum rc rc = decode(d, r, e);
	if (d->names.used != 0 || d->names.n_name_mismatches != d->told)
		tell_names(d, r);
	return rc;
}

static enum rc
native_whole(struct decoder *d, struct record *r, struct err *e)
{
	const enum rc rc = whole(d, r, e);
	const size_t n = d->names.n_name_mismatches - d->told;

	r->name_mismatches = d->names.doubt + d->told;
	r->n_name_mismatches = n;
	d->told += n;
	return rc;
}

static enum rc
native_next(struct decoder *d, struct record *r, struct err *e)
{
	memset(r, 0, sizeof(*r));
	switch (chunk_classify(&d->chunk, d->at, &r->header)) {
	case CHUNK_END:
		return RC_END;
	case CHUNK_OTHER:
		return skip_region(d, r, e);
	case CHUNK_BROKEN:
		return skip_broken(d, r, e);
	case CHUNK_RECORD:
		break;
	}
	d->at += r->header.size;
	return decode_checked(d, r, e);
}

static void
native_learn(struct decoder *d, uint32_t from, uint32_t end)
{
	start(d, true);
	templates_scan(d->templates, from, end);
}

/* What is recovered must be an event. */
static bool
is_event(const struct node *root)
{
	return span_eq(root->name, SPAN("Event")) &&
	       tree_child(root, SPAN("System")) != NULL;
}

static enum rc
native_late(struct decoder *d, const struct decoder_deferred *l,
    struct record *r, struct err *e)
{
	const bool apart = l->carved && !l->embedded;

	memset(r, 0, sizeof(*r));
	if (apart != d->old)
		start(d, apart);
	d->system_only = false;
	d->known = l->catalog;
	d->names.known = l->catalog;
	const bool there =
	    l->carved ? chunk_find_carved(
			    &d->chunk, l->offset, CHUNK_BYTES, &r->header) &&
			    r->header.offset == l->offset
		      : chunk_record_at(&d->chunk, l->offset, &r->header);
	if (!there)
		return err_set(
		    e, RC_SKIP, WHY_CORRUPT, "there is no record header");
	const enum rc rc = decode_checked(d, r, e);
	r->n_name_mismatches = 0; /* they are next()'s to tell */
	r->recovered = l->carved || l->hidden;
	if (rc == RC_OK && r->recovered && !is_event(r->tree.root))
		return err_set(e, RC_SKIP, WHY_CORRUPT, "it holds no event");
	return rc;
}

const struct decoder_kind decoder_native = {
	.name = "native",
	.create = native_create,
	.destroy = native_destroy,
	.start = native_start,
	.next = native_next,
	.complete = native_whole,
	.scan_templates = native_learn,
	.read_deferred = native_late,
};

bool
decoder_native_over_limit(const struct decoder *d)
{
	return d->spent > CHUNK_NODES_MAX;
}

const struct name_check *
decoder_native_names(const struct decoder *d)
{
	return &d->names;
}
