/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The templates of a log, shared by its chunks.
 *
 * A template instance refers to its template by the offset of a definition in
 * the chunk. Every chunk has its own copies of the same definitions, with
 * different offsets of names, so definitions are compared by their content:
 * names and tokens. The value layouts of a template and their trees
 * (tree_cache.h) are kept with it.
 *
 * The memory has a maximum. When it is reached, all templates are forgotten,
 * but only between two chunks. The catalog, which belongs to the caller, keeps
 * the content of every template for the whole run.
 */
#ifndef EVTX_TEMPLATES_H
#define EVTX_TEMPLATES_H

#include "event/tree.h"
#include "evtx/binxml.h"
#include "evtx/chunk.h"
#include "evtx/template_catalog.h"

#define TEMPLATES_BYTES_MAX ((size_t)3 << 20)

struct value_layout;

struct template
{
	struct template *next; /* next template of the same hash bucket */
	struct template *older;
	struct node *content; /* nodes of the template's content */
	struct span text; /* the content as bytes; see template_codec_write() */
	/* Memory of the template's nodes in bytes, which counts as the work of
	 * parsing it. */
	size_t work;
	/* True if an entry for the template was added to the catalog, and true
	 * if the last such entry is sound. */
	bool in_catalog;
	bool sound;
	uint8_t guid[TEMPLATE_GUID_BYTES];
	struct value_layout *layouts;
	unsigned n_layouts;
};

struct templates;

/* `catalog` gets an entry for each template; borrowed, may be NULL. `check`
 * checks names; borrowed. The caller calls name_check_start() for each chunk.
 */
enum rc templates_create(struct templates **tp,
    struct template_catalog *catalog, struct name_check *check, struct err *e);
void templates_destroy(struct templates *t);

/* Start a chunk, which must stay valid until the next start. If `carved` is
 * set, records in its free space are read. Their definitions may be partly
 * overwritten, so the names in them must match their hashes. */
void templates_start_chunk(
    struct templates *t, const struct chunk *c, bool carved);

/* templates_is_full() is true if the memory maximum is reached. Before
 * templates_clear() the caller frees the layouts of all templates, as
 * tree_cache_clear() does. */
bool templates_is_full(const struct templates *t);
void templates_clear(struct templates *t);

/* Find or parse the template of an instance. RC_SKIP if its definition is not
 * at the offset that the instance has, a name in it is damaged, or the
 * definitions of the chunk exceed the work limit (WHY_LIMIT). Names that were
 * repaired in it are added to `used` of the name check. */
enum rc templates_find(struct templates *t, const struct binxml_instance *i,
    struct template **out, struct err *e);

/* Find template instances that contain their definitions anywhere between two
 * offsets, and add these definitions to the catalog. */
void templates_scan(struct templates *t, size_t from, size_t end);

/* Iterate over all templates: returns the first one if `after` is NULL, else
 * the one after it; NULL after the last. */
struct template *templates_next(
    const struct templates *t, const struct template *after);

#endif
