/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "evtx/decoder_native.h"
#include "evtx/tree_cache.h"

/* Memory limit for the nodes of one event. */
#define NODES_MAX ((size_t)8 << 20)

/* Memory limit for the trees of all records of a chunk, because a few bytes of
 * a record can make a tree of megabytes. Cached trees count too, so that the
 * result depends only on the chunk. Real chunks stay below 4 MiB. */
#define CHUNK_NODES_MAX ((size_t)32 << 20)
#define REPAIRED_MAX 1024

/* The value layouts of a record's template instances, found from the heads and
 * descriptors of the instances without expanding them. */
struct match {
	struct value_layout *layouts[TEMPLATE_EXPAND_PARTS_MAX];
	size_t n_layouts;
	size_t n;     /* number of values of all instances */
	uint32_t end; /* offset in the chunk after the last instance */
};

struct decoder {
	struct templates *templates;
	struct tree_cache cache;
	struct value *values; /* array of TEMPLATE_EXPAND_VALUES_MAX */
	uint32_t *kinds;      /* the kind of each value, see value_layout.h */
	struct arena nodes;   /* nodes of the event that is being expanded */
	size_t spent;         /* memory of the trees of this chunk, in bytes */
	struct buf scratch;
	struct chunk chunk;
	uint32_t at;        /* offset in the chunk of the next record header */
	struct match match; /* layouts of the current record */
	bool wants_system_only;
	/* Records of this chunk are read system-only: it was asked for, and the
	 * chunk is intact. */
	bool system_only;
	struct name_check names;
	/* Number of name mismatches of this chunk that were reported. */
	size_t reported;
	char repaired[REPAIRED_MAX]; /* text of record.repaired */
	/* Why matching failed; not needed, because expanding the record reports
	 * the same error. */
	struct err ignored;

	/* The following members are set for deferred records only. */
	bool carved;
	const struct template_catalog *catalog;
	const struct template_entry
	    *recovered_templates[TEMPLATE_EXPAND_RECOVERED_MAX];
};

static void
native_destroy(struct decoder *d)
{
	if (d == NULL)
		return;
	if (d->templates != NULL)
		tree_cache_clear(&d->cache);
	templates_destroy(d->templates);
	arena_free(&d->nodes);
	name_check_free(&d->names);
	buf_reset(&d->scratch);
	free(d->values);
	free(d->kinds);
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
	d->kinds = calloc(TEMPLATE_EXPAND_VALUES_MAX, sizeof(*d->kinds));
	const enum rc rc =
	    d->values == NULL || d->kinds == NULL
		? err_nomem(e)
		: templates_create(&d->templates, o->catalog, &d->names, e);
	if (rc != RC_OK) {
		native_destroy(d);
		return rc;
	}
	d->wants_system_only = o->system_only;
	d->cache =
	    (struct tree_cache){ .templates = d->templates, .drop = o->drop };
	*dp = d;
	return RC_OK;
}

/* Start to read the records of the used area or, if `carved` is set, those of
 * the free space. */
static void
start(struct decoder *d, bool carved)
{
	d->carved = carved;
	d->catalog = NULL;
	d->reported = 0;
	d->spent = 0;
	name_check_start(&d->names, &d->chunk);
	tree_cache_start_chunk(&d->cache);
	templates_start_chunk(d->templates, &d->chunk, carved);
}

static enum rc
native_start(struct decoder *d, const struct chunk *c, struct err *e)
{
	(void)e;
	d->chunk = *c;
	d->at = CHUNK_HEADER;
	/* If something may be damaged, every record is read completely. */
	d->system_only = d->wants_system_only && chunk_verified_end(c) != 0 &&
			 c->raw == NULL;
	start(d, false);
	return RC_OK;
}

/* Find the layout of a template instance and read its values. NULL if the bytes
 * are not exactly one instance, or if its layout is not known yet. */
static struct value_layout *
match_instance(struct decoder *d, struct span bytes)
{
	struct match *const m = &d->match;
	struct cursor at = cursor_of(bytes);
	struct binxml_instance head;
	struct template *t;

	binxml_skip_fragment_header(&at);
	if (m->n_layouts == TEMPLATE_EXPAND_PARTS_MAX ||
	    binxml_peek(&at) != BINXML_TEMPLATE_INSTANCE ||
	    binxml_read_instance(d->chunk.bytes, &at, &head, &d->ignored) !=
		RC_OK ||
	    templates_find(d->templates, &head, &t, &d->ignored) != RC_OK)
		return NULL;
	const uint32_t n = cursor_u32(&at);
	if (at.bad || n > TEMPLATE_EXPAND_VALUES_MAX - m->n)
		return NULL;
	struct value_layout *const v =
	    value_layout_match(t, &at, n, d->values + m->n, d->kinds + m->n);
	if (v == NULL || binxml_has_more(&at))
		return NULL;
	m->layouts[m->n_layouts++] = v;
	m->n += n;
	m->end = (uint32_t)(at.p - d->chunk.bytes.p);
	return v;
}

/* Match the instances nested in an instance of layout `v` whose values start at
 * index `base`; false if one of them does not match. */
static bool
match_nested(struct decoder *d, const struct value_layout *v, size_t base)
{
	for (uint32_t i = 0; i < v->n_nested; i++) {
		const struct value *const nested =
		    &d->values[base + v->nested[i]];
		const size_t first = d->match.n;
		const struct value_layout *const inner =
		    match_instance(d, value_bytes(nested));
		if (inner == NULL || !match_nested(d, inner, first))
			return false;
	}
	return true;
}

static void
lend(struct decoder *d, struct record *r, struct cached_tree *c)
{
	r->tree = (struct tree){ c->root, d->values, c->n_values };
	r->slot = &c->slot;
	c->used = d->cache.chunk;
	d->spent += c->nodes.used;
	r->nodes = c->nodes.used;
}

/* Return the tree in d->nodes, to which a record was expanded, and cache it if
 * possible. */
static void
lend_expanded(struct decoder *d, struct record *r,
    const struct template_expand *x, const struct node *root)
{
	struct cached_tree *const c =
	    tree_cache_add(&d->cache, x, &d->nodes, root);

	if (c != NULL) {
		arena_init(&d->nodes, NODES_MAX);
		lend(d, r, c);
		return;
	}
	r->tree = (struct tree){ root, d->values, x->n };
	r->nodes = d->nodes.used;
	d->spent += r->nodes;
}

/* Expand the Binary XML of a record to nodes in d->nodes. */
static enum rc
expand(struct decoder *d, const struct record *r, struct template_expand *x,
    struct node **first, struct err *e)
{
	x->chunk = d->chunk.bytes;
	x->templates = d->templates;
	x->check = &d->names;
	x->into = &d->nodes;
	x->scratch = &d->scratch;
	x->values = d->values;
	x->kinds = d->kinds;
	x->catalog = d->catalog;
	x->carved = d->carved;
	if (d->carved)
		x->names_from = chunk_carved_run(&d->chunk, r->header.offset);
	arena_reset(&d->nodes);
	const enum rc rc = template_expand_fragment(
	    x, chunk_record_content(&d->chunk, &r->header), first, e);
	if (rc != RC_OK)
		d->spent += d->nodes.used;
	return rc;
}

/* Expand all template instances of a record and cache the tree. */
static enum rc
expand_all(struct decoder *d, struct record *r, struct err *e)
{
	struct template_expand x = { .system_only = false };
	struct node *first;

	const enum rc rc = expand(d, r, &x, &first, e);
	r->template_missing = x.template_missing;
	if (rc != RC_OK)
		return rc;
	r->content_end = x.end;
	memcpy(d->recovered_templates, x.recovered_templates,
	    sizeof(d->recovered_templates));
	r->recovered_templates = d->recovered_templates;
	r->n_recovered_templates = x.n_recovered_templates;
	const struct node *const root = tree_element(first);
	if (root == NULL)
		return err_set(
		    e, RC_SKIP, WHY_CORRUPT, "the record contains no event");
	lend_expanded(d, r, &x, root);
	return RC_OK;
}

/* Read all template instances of a record, after match_instance() has been
 * tried on its outer instance. */
static enum rc
decode_all(struct decoder *d, struct record *r, struct err *e)
{
	struct match *const m = &d->match;
	struct cached_tree *c = NULL;

	/* complete() passes a record that still has the slot of its system-only
	 * tree. */
	r->system_only = false;
	r->slot = NULL;
	if (m->n_layouts == 1 && match_nested(d, m->layouts[0], 0))
		c = tree_cache_find(m->layouts, m->n_layouts);
	if (c == NULL)
		return expand_all(d, r, e);
	lend(d, r, c);
	return RC_OK;
}

/* If a nested instance contains the definition of its template, read it: other
 * records may refer to it. */
static void
read_nested_definition(struct decoder *d, const struct value *nested)
{
	struct cursor at = cursor_of(value_bytes(nested));
	struct binxml_instance head;
	struct template *t;

	binxml_skip_fragment_header(&at);
	if (binxml_has_definition(d->chunk.bytes, at) &&
	    binxml_read_instance(d->chunk.bytes, &at, &head, &d->ignored) ==
		RC_OK)
		(void)templates_find(d->templates, &head, &t, &d->ignored);
}

/* Expand the outer instance of a record to a system-only tree; false if that is
 * not possible. The result must not depend on which records were read before.
 */
static bool
expand_system(struct decoder *d, struct record *r)
{
	struct template_expand x = { .system_only = true };
	struct node *first;

	if (expand(d, r, &x, &first, &d->ignored) != RC_OK)
		return false;
	if (!tree_cache_is_system_only(&x, first)) {
		d->spent += d->nodes.used;
		return false;
	}
	r->content_end = x.end;
	for (size_t i = 0; i < x.n; i++) {
		if (d->values[i].type == VALUE_BINXML)
			read_nested_definition(d, &d->values[i]);
	}
	lend_expanded(d, r, &x, first);
	return true;
}

static enum rc
decode(struct decoder *d, struct record *r, struct err *e)
{
	d->match.n_layouts = 0;
	d->match.n = 0;
	const struct value_layout *const v =
	    match_instance(d, chunk_record_content(&d->chunk, &r->header));

	if (v != NULL)
		r->content_end = d->match.end;
	if (!d->system_only)
		return decode_all(d, r, e);
	if (v == NULL || v->system_only == NULL) {
		r->system_only = expand_system(d, r);
		return r->system_only ? RC_OK : decode_all(d, r, e);
	}
	for (uint32_t i = 0; i < v->n_nested; i++)
		read_nested_definition(d, &d->values[v->nested[i]]);
	lend(d, r, v->system_only);
	r->system_only = true;
	return RC_OK;
}

/* Skip damaged bytes up to the next plausible record. If the chunk header gives
 * an impossible end of the used area, skip to the end of the chunk: what looks
 * like a record there may be left from an earlier use. Damaged bytes that have
 * both size fields of a record are reported as a record whose signature could
 * not be repaired. */
static enum rc
skip_region(struct decoder *d, struct record *r, struct err *e)
{
	struct chunk_record other;
	const uint32_t from = d->at;
	const uint32_t next = d->chunk.free_offset > CHUNK_BYTES
				  ? chunk_used_end(&d->chunk)
				  : chunk_resync(&d->chunk, from + 1);

	d->at = next;
	if (chunk_sizes_agree(&d->chunk, from, &r->header)) {
		const uint32_t after = from + r->header.size;
		if (after < next &&
		    chunk_sizes_agree(&d->chunk, after, &other) &&
		    !chunk_record_at(&d->chunk, after, &other))
			d->at = after;
		r->header.size = d->at - from;
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "the record signature is damaged and was not repaired: "
		    "the record id, the time or the next bytes are not "
		    "plausible");
	}
	r->region = true;
	r->header =
	    (struct chunk_record){ .offset = from, .size = next - from };
	return err_set(e, RC_SKIP, WHY_CORRUPT,
	    "found no record header where the next record should start");
}

/* Set the repaired names and the name mismatches of a record. */
static void
report_names(struct decoder *d, struct record *r)
{
	if (d->names.used == 0 && d->names.n_mismatches == d->reported)
		return;
	if (d->names.used != 0) {
		name_check_text(
		    &d->names, d->names.used, d->repaired, sizeof(d->repaired));
		r->repaired = d->repaired;
	}
	r->name_mismatches = d->names.mismatch + d->reported;
	r->n_name_mismatches = d->names.n_mismatches - d->reported;
	d->reported = d->names.n_mismatches;
}

/* Decode a record whose header is known. */
static enum rc
decode_record(struct decoder *d, struct record *r, struct err *e)
{
	d->names.used = 0;
	d->names.refused = 0;
	if (d->spent > CHUNK_NODES_MAX)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "the trees of the chunk's records exceed %zu MiB of memory",
		    CHUNK_NODES_MAX >> 20);
	const enum rc rc = decode(d, r, e);
	report_names(d, r);
	return rc;
}

static enum rc
native_complete(struct decoder *d, struct record *r, struct err *e)
{
	const enum rc rc = decode_all(d, r, e);

	report_names(d, r);
	return rc;
}

static enum rc
native_next(struct decoder *d, struct record *r, struct err *e)
{
	memset(r, 0, sizeof(*r));
	const enum chunk_place place =
	    chunk_classify(&d->chunk, d->at, &r->header);
	const uint32_t size = r->header.size;

	if (place == CHUNK_END)
		return RC_END;
	if (place == CHUNK_OTHER)
		return skip_region(d, r, e);
	if (place == CHUNK_RECORD) {
		d->at += size;
		return decode_record(d, r, e);
	}
	d->at = chunk_resync(&d->chunk, d->at + 4);
	r->header.size = d->at - r->header.offset;
	return err_set(e, RC_SKIP, WHY_CORRUPT,
	    "the record header has an impossible size of %u bytes", size);
}

static void
native_scan_templates(struct decoder *d, uint32_t from, uint32_t end)
{
	start(d, true);
	templates_scan(d->templates, from, end);
}

static enum rc
native_read_deferred(struct decoder *d, const struct decoder_deferred *l,
    struct record *r, struct err *e)
{
	const bool carved = l->carved && !l->embedded;

	memset(r, 0, sizeof(*r));
	if (carved != d->carved)
		start(d, carved);
	d->system_only = false;
	d->catalog = l->catalog;
	d->names.catalog = l->catalog;
	if (!(l->carved ? chunk_find_carved(
			      &d->chunk, l->offset, CHUNK_BYTES, &r->header) &&
			      r->header.offset == l->offset
			: chunk_record_at(&d->chunk, l->offset, &r->header)))
		return err_set(
		    e, RC_SKIP, WHY_CORRUPT, "no record header at this offset");
	const enum rc rc = decode_record(d, r, e);
	r->n_name_mismatches = 0; /* next() has reported the mismatches */
	r->recovered = l->carved || l->hidden;
	if (rc == RC_OK && r->recovered &&
	    (!span_eq(r->tree.root->name, SPAN("Event")) ||
		tree_child(r->tree.root, SPAN("System")) == NULL))
		return err_set(
		    e, RC_SKIP, WHY_CORRUPT, "the record contains no event");
	return rc;
}

const struct decoder_kind decoder_native = {
	.name = "native",
	.create = native_create,
	.destroy = native_destroy,
	.start = native_start,
	.next = native_next,
	.complete = native_complete,
	.scan_templates = native_scan_templates,
	.read_deferred = native_read_deferred,
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
