/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The templates of a log, shared by its chunks.
 *
 * A template instance refers to its template by the offset of a definition in
 * the chunk. Every chunk has its own copies of the same definitions, with other
 * offsets of names in them, so definitions are compared by their content: names
 * and tokens. What was made of a template, its value layouts and their trees
 * (tree_cache.h), is kept with it.
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
	struct template *next; /* in its bucket */
	struct template *older;
	struct node *content; /* a list */
	struct span text; /* the content, as template_codec_write() has it */
	size_t work;      /* bytes of its nodes when it is parsed */
	/* The entry that was last added to the catalog. */
	bool in_catalog;
	bool sound;
	uint8_t guid[TEMPLATE_GUID_BYTES];
	struct value_layout *layouts;
	unsigned n_layouts;
};

struct templates;

/* catalog: told of each template; borrowed, may be NULL. check: for names, also
 * borrowed; the caller starts it on each chunk. */
enum rc templates_create(struct templates **tp,
    struct template_catalog *catalog, struct name_check *check, struct err *e);
void templates_destroy(struct templates *t);

/* Start a chunk, which must stay until the next start. `carved`: its records in
 * free space are read, whose definitions may be overwritten in part; so their
 * names must match their hashes. */
void templates_start_chunk(
    struct templates *t, const struct chunk *c, bool carved);

/* True if the maximum is reached. The owner of the layouts frees them before
 * it clears the templates. */
bool templates_is_full(const struct templates *t);
void templates_clear(struct templates *t);

/* Find or parse the template of an instance. RC_SKIP if its definition is not
 * at the offset that the instance has, a name in it is damaged, or the
 * definitions of the chunk take more work than a chunk may (WHY_LIMIT). Names
 * that were repaired in it are added to `used` of the name check. */
enum rc templates_find(struct templates *t, const struct binxml_instance *i,
    struct template **out, struct err *e);

/* Find template instances that contain their definitions anywhere between two
 * offsets, and add these definitions to the catalog. */
void templates_scan(struct templates *t, size_t from, size_t end);

/* The template after `after` in a list of all templates; NULL is before the
 * first and after the last. */
struct template *templates_next(
    const struct templates *t, const struct template *after);

#endif
