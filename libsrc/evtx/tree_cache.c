/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "evtx/tree_cache.h"

struct cached_tree *
tree_cache_find(struct value_layout *const *parts, size_t n_parts)
{
	const struct value_layout *const last = parts[n_parts - 1];

	for (struct cached_tree *s = last->shapes; s != NULL; s = s->next) {
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

	if (x->odd || x->n_parts == 0)
		return NULL;
	for (size_t i = 0; i < x->n_parts; i++) {
		const struct template_expand_part *const p = &x->parts[i];
		parts[i] = value_layout_add(
		    p->template, x->words + p->base, p->n, &s->variants_bytes);
		if (parts[i] == NULL)
			return NULL;
	}
	struct cached_tree *const shape = calloc(1, sizeof(*shape));
	if (shape == NULL)
		return NULL;
	memcpy(shape->parts, parts, x->n_parts * sizeof(*parts));
	shape->n_parts = x->n_parts;
	shape->nodes = *nodes;
	shape->root = root;
	shape->n_values = x->n;
	struct value_layout *const last = parts[x->n_parts - 1];
	shape->next = last->shapes;
	last->shapes = shape;
	return shape;
}

/* Whether nothing of it is nested Binary XML. */
static bool
is_closed(const struct node *n, const struct value *values)
{
	for (; n != NULL; n = n->next) {
		if (n->kind == NODE_SUBSTITUTION &&
		    values[n->index].type == VALUE_BINXML)
			return false;
		if (!is_closed(n->attrs, values) || !is_closed(n->kids, values))
			return false;
	}
	return true;
}

/* The System of an event is the first thing in it, and whole. */
static bool
tells_system(const struct node *root, const struct value *values)
{
	const struct node *const system = root->kids;

	return root->kind == NODE_ELEMENT && system != NULL &&
	       system->kind == NODE_ELEMENT &&
	       span_eq(system->name, SPAN("System")) &&
	       is_closed(system->attrs, values) &&
	       is_closed(system->kids, values);
}

bool
tree_cache_is_system_only(
    const struct template_expand *x, const struct node *first)
{
	return !x->odd && x->n_parts == 1 && first != NULL &&
	       tells_system(first, x->values);
}

struct cached_tree *
tree_cache_add_system_only(struct tree_cache *s,
    const struct template_expand *x, struct arena *nodes,
    const struct node *first)
{
	const struct template_expand_part *const p = &x->parts[0];
	struct value_layout *const v =
	    value_layout_add(p->template, x->words, p->n, &s->variants_bytes);

	if (v == NULL || v->system_only != NULL)
		return NULL;
	v->system_only = calloc(1, sizeof(*v->system_only));
	if (v->system_only == NULL)
		return NULL;
	*v->system_only = (struct cached_tree){
		.parts = { v },
		.n_parts = 1,
		.nodes = *nodes,
		.root = first,
		.n_values = x->n,
	};
	return v->system_only;
}

/* --- forgetting ----------------------------------------------------------- */

static size_t
bytes_of(const struct cached_tree *s)
{
	return sizeof(*s) + s->nodes.used + s->slot.bytes;
}

static void
free_shape(struct tree_cache *s, struct cached_tree *shape)
{
	if (shape->slot.kept != NULL && s->drop != NULL)
		s->drop(shape->slot.kept);
	arena_free(&shape->nodes);
	free(shape);
}

/* Free those of a list that were last used before a chunk; the bytes of those
 * that stay. */
static size_t
keep_since(struct tree_cache *s, struct cached_tree **list, uint64_t since)
{
	size_t bytes = 0;

	while (*list != NULL) {
		struct cached_tree *const shape = *list;
		if (shape->used >= since) {
			bytes += bytes_of(shape);
			list = &shape->next;
			continue;
		}
		*list = shape->next;
		free_shape(s, shape);
	}
	return bytes;
}

/* The same of all shapes. */
static size_t
keep_all_since(struct tree_cache *s, uint64_t since)
{
	struct template *t = NULL;
	size_t bytes = 0;

	while ((t = templates_next(s->templates, t)) != NULL) {
		for (struct value_layout *v = t->variants; v != NULL;
		     v = v->next)
			bytes += keep_since(s, &v->shapes, since) +
				 keep_since(s, &v->system_only, since);
	}
	return bytes;
}

void
tree_cache_clear(struct tree_cache *s)
{
	struct template *t = NULL;

	(void)keep_all_since(s, UINT64_MAX);
	while ((t = templates_next(s->templates, t)) != NULL) {
		struct value_layout *next;
		for (struct value_layout *v = t->variants; v != NULL;
		     v = next) {
			next = v->next;
			free(v);
		}
		t->variants = NULL;
		t->n_variants = 0;
	}
	s->variants_bytes = 0;
	templates_clear(s->templates);
}

/* Half of what has not been used for longest, and half of that again, until
 * there is room. */
static void
make_room(struct tree_cache *s)
{
	uint64_t age = s->now;

	while (keep_all_since(s, s->now - age) > TREE_CACHE_BYTES_MAX / 2 &&
	       age != 0)
		age /= 2;
}

void
tree_cache_start_chunk(struct tree_cache *s)
{
	s->now++;
	if (templates_is_full(s->templates) ||
	    s->variants_bytes > TREE_CACHE_BYTES_MAX)
		tree_cache_clear(s);
	else if (keep_all_since(s, 0) > TREE_CACHE_BYTES_MAX)
		make_room(s);
}
