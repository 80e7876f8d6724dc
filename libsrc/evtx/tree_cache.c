/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "evtx/tree_cache.h"

#define COUNT_CHUNKS 16U

struct cached_tree *
tree_cache_find(struct value_layout *const *parts, size_t n_parts)
{
	const struct value_layout *const last = parts[n_parts - 1];

	for (struct cached_tree *s = last->trees; s != NULL; s = s->next) {
		size_t same = 0;
		while (same < n_parts && s->parts[same] == parts[same])
			same++;
		if (same == n_parts && s->n_parts == n_parts)
			return s;
	}
	return NULL;
}

struct cached_tree *
tree_cache_add(struct tree_cache *s, const struct template_expand *x,
    struct arena *nodes, const struct node *root)
{
	struct value_layout *parts[TEMPLATE_EXPAND_PARTS_MAX];

	if (x->uncacheable || x->n_parts == 0)
		return NULL;
	for (size_t i = 0; i < x->n_parts; i++) {
		const struct template_expand_part *const p = &x->parts[i];
		parts[i] = value_layout_add(
		    p->template, x->kinds + p->base, p->n, &s->layouts_bytes);
		if (parts[i] == NULL)
			return NULL;
	}
	struct value_layout *const last = parts[x->n_parts - 1];
	struct cached_tree **const list =
	    x->system_only ? &last->system_only : &last->trees;
	if (x->system_only && *list != NULL)
		return NULL;
	struct cached_tree *const tree = calloc(1, sizeof(*tree));
	if (tree == NULL)
		return NULL;
	memcpy(tree->parts, parts, x->n_parts * sizeof(*parts));
	tree->n_parts = x->n_parts;
	tree->nodes = *nodes;
	tree->root = root;
	tree->n_values = x->n;
	tree->next = *list;
	*list = tree;
	s->grown = true;
	return tree;
}

/* True if no value below these nodes is nested Binary XML. */
static bool
is_complete(const struct node *n, const struct value *values)
{
	for (; n != NULL; n = n->next) {
		if (n->kind == NODE_SUBSTITUTION &&
		    values[n->index].type == VALUE_BINXML)
			return false;
		if (!is_complete(n->attrs, values) ||
		    !is_complete(n->kids, values))
			return false;
	}
	return true;
}

bool
tree_cache_is_system_only(
    const struct template_expand *x, const struct node *first)
{
	if (x->uncacheable || x->n_parts != 1 || first == NULL ||
	    first->kind != NODE_ELEMENT)
		return false;
	const struct node *const system = first->kids;
	return system != NULL && system->kind == NODE_ELEMENT &&
	       span_eq(system->name, SPAN("System")) &&
	       is_complete(system->attrs, x->values) &&
	       is_complete(system->kids, x->values);
}

/* Free the trees of a list that no chunk since `chunk` used; returns the bytes
 * of the others. */
static size_t
free_unused(struct tree_cache *s, struct cached_tree **list, uint64_t chunk)
{
	size_t bytes = 0;

	while (*list != NULL) {
		struct cached_tree *const tree = *list;
		if (tree->used >= chunk) {
			bytes +=
			    sizeof(*tree) + tree->nodes.used + tree->slot.bytes;
			list = &tree->next;
			continue;
		}
		*list = tree->next;
		if (tree->slot.kept != NULL && s->drop != NULL)
			s->drop(tree->slot.kept);
		arena_free(&tree->nodes);
		free(tree);
	}
	return bytes;
}

/* Free the trees of all layouts that no chunk since `chunk` used; returns the
 * bytes of the other trees. */
static size_t
free_all_unused(struct tree_cache *s, uint64_t chunk)
{
	struct template *t = NULL;
	size_t bytes = 0;

	while ((t = templates_next(s->templates, t)) != NULL) {
		for (struct value_layout *v = t->layouts; v != NULL;
		     v = v->next)
			bytes += free_unused(s, &v->trees, chunk) +
				 free_unused(s, &v->system_only, chunk);
	}
	return bytes;
}

void
tree_cache_clear(struct tree_cache *s)
{
	struct template *t = NULL;

	(void)free_all_unused(s, UINT64_MAX);
	while ((t = templates_next(s->templates, t)) != NULL) {
		struct value_layout *next;
		for (struct value_layout *v = t->layouts; v != NULL; v = next) {
			next = v->next;
			free(v);
		}
		t->layouts = NULL;
		t->n_layouts = 0;
	}
	s->layouts_bytes = 0;
	templates_clear(s->templates);
}

void
tree_cache_start_chunk(struct tree_cache *s)
{
	uint64_t age = ++s->chunk;

	if (templates_is_full(s->templates) ||
	    s->layouts_bytes > TREE_CACHE_BYTES_MAX) {
		tree_cache_clear(s);
		return;
	}
	/* Without new trees the cache grows only by what their slots compile,
	 * so the trees are seldom counted. */
	if (!s->grown && s->chunk % COUNT_CHUNKS != 0)
		return;
	s->grown = false;
	if (free_all_unused(s, 0) <= TREE_CACHE_BYTES_MAX)
		return;
	/* Halve the age that trees may have until half of the memory is free.
	 */
	while (free_all_unused(s, s->chunk - age) > TREE_CACHE_BYTES_MAX / 2 &&
	       age != 0)
		age /= 2;
}
