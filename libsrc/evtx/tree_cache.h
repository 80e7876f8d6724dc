/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trees that records share.
 *
 * The tree of a record depends only on its templates and on the kinds of its
 * values: on the layout (value_layout.h) of its template instance and on those
 * of the instances nested in it. A tree is made when these layouts occur
 * together for the first time, and reused for every further record.
 *
 * A system-only tree is the tree that the outer instance makes alone; nested
 * instances stay values of it. It is kept only if the whole System element of
 * the event is in it, so that it gives the System fields of every record with
 * that outer layout, whatever is nested in the record.
 */
#ifndef EVTX_TREE_CACHE_H
#define EVTX_TREE_CACHE_H

#include "evtx/decoder.h"
#include "evtx/template_expand.h"
#include "evtx/value_layout.h"

/* Maximum memory of the trees and of the data in their slots. */
#define TREE_CACHE_BYTES_MAX ((size_t)3 << 20)

struct cached_tree {
	struct cached_tree *next;
	struct value_layout *parts[TEMPLATE_EXPAND_PARTS_MAX];
	size_t n_parts;
	struct arena nodes;
	const struct node *root;
	size_t n_values;
	struct record_slot slot;
	uint64_t used; /* number of the chunk that used the tree last */
};

struct tree_cache {
	struct templates *templates; /* owns the layouts, which own the trees */
	void (*drop)(void *kept);
	uint64_t chunk; /* number of the current chunk */
	bool grown;     /* trees were added since they were counted last */
	/* Memory of the layouts, which are kept when their trees are freed. */
	size_t layouts_bytes;
};

/* The tree of instances with these layouts, or NULL. */
struct cached_tree *tree_cache_find(
    struct value_layout *const *parts, size_t n_parts);

/* True if the nodes from `first` on, to which the outer instance of a record
 * was expanded, form a system-only tree. */
bool tree_cache_is_system_only(
    const struct template_expand *x, const struct node *first);

/* Add the tree of a record that was expanded into `nodes`, system-only if
 * x->system_only is set, and take over the nodes. If the tree cannot be kept,
 * returns NULL, and the nodes still belong to the caller. */
struct cached_tree *tree_cache_add(struct tree_cache *s,
    const struct template_expand *x, struct arena *nodes,
    const struct node *root);

/* Start a chunk. If the cache is too large, the trees that were used least
 * recently are freed; if the templates or layouts are too large, everything is
 * freed. */
void tree_cache_start_chunk(struct tree_cache *s);

/* Free all trees, layouts and templates. */
void tree_cache_clear(struct tree_cache *s);

#endif
