/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shapes: the trees that records share.
 *
 * A record's tree depends on its templates, on the types of its values and on
 * which of them are null or empty, and on nothing else: on its variants (see
 * variant.h), that of its instance and those of the instances nested in it. A
 * shape is the tree that they make, made only when they are seen together for
 * the first time.
 *
 * An outline is the tree that the outer instance makes alone, with what is
 * nested in it as values. It is kept only where the System of the event is
 * whole in it, so that it tells of every record of that variant what its System
 * says, whatever is nested in them.
 */
#ifndef EVTX_TREE_CACHE_H
#define EVTX_TREE_CACHE_H

#include "evtx/decoder.h"
#include "evtx/template_expand.h"
#include "evtx/value_layout.h"

#define TREE_CACHE_BYTES_MAX ((size_t)3 << 20) /* of all, with what is kept */

struct cached_tree {
	struct cached_tree *next;
	struct value_layout *parts[TEMPLATE_EXPAND_PARTS_MAX];
	size_t n_parts;
	struct arena nodes;
	const struct node *root;
	size_t n_values;
	struct record_slot slot;
	uint64_t used; /* in which chunk, last */
};

struct tree_cache {
	struct templates *templates;
	void (*drop)(void *kept);
	uint64_t now;          /* chunks that were started */
	size_t variants_bytes; /* which stay when shapes go */
};

/* The shape of these parts, or NULL. */
struct cached_tree *tree_cache_find(
    struct value_layout *const *parts, size_t n_parts);

/* Learn the shape of a record that was expanded into `nodes`, which the shape
 * takes over. NULL, and the nodes stay the caller's, when it cannot be
 * kept. */
struct cached_tree *tree_cache_add(struct tree_cache *s,
    const struct template_expand *x, struct arena *nodes,
    const struct node *root);

/* Whether a record that was expanded as an outline is one. */
bool tree_cache_is_system_only(
    const struct template_expand *x, const struct node *first);

/* Learn it, and take over its nodes. NULL, and they stay the caller's, when it
 * cannot be kept. */
struct cached_tree *tree_cache_add_system_only(struct tree_cache *s,
    const struct template_expand *x, struct arena *nodes,
    const struct node *first);

/* A chunk begins. Where there is too much, the shapes that were used least
 * lately are forgotten, or everything. */
void tree_cache_start_chunk(struct tree_cache *s);
void tree_cache_clear(struct tree_cache *s);

#endif
