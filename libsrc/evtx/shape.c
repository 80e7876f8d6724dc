/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "evtx/shape.h"

struct shape *
shape_find(struct variant *const *parts, size_t n_parts)
{
	const struct variant *const last = parts[n_parts - 1];

	for (struct shape *s = last->shapes; s != NULL; s = s->next) {
		size_t same = 0;
		while (same < n_parts && s->parts[same] == parts[same])
			same++;
		if (same == n_parts && s->n_parts == n_parts)
			return s;
	}
	return NULL;
}

struct shape *
shape_learn(struct shapes *s, const struct expand *x, struct arena *nodes,
    const struct node *root)
{
	struct variant *parts[EXPAND_PARTS_MAX];

	if (x->odd || x->n_parts == 0)
		return NULL;
	for (size_t i = 0; i < x->n_parts; i++) {
		const struct expand_part *const p = &x->parts[i];
		parts[i] = variant_learn(
		    p->template, x->words + p->base, p->n, &s->bytes);
		if (parts[i] == NULL)
			return NULL;
	}
	struct shape *const shape = calloc(1, sizeof(*shape));
	if (shape == NULL)
		return NULL;
	memcpy(shape->parts, parts, x->n_parts * sizeof(*parts));
	shape->n_parts = x->n_parts;
	shape->nodes = *nodes;
	shape->root = root;
	shape->n_values = x->n;
	struct variant *const last = parts[x->n_parts - 1];
	shape->next = last->shapes;
	last->shapes = shape;
	s->bytes += sizeof(*shape) + SHAPE_KEPT_BYTES;
	return shape;
}

static void
free_variant(struct shapes *s, struct variant *v)
{
	struct shape *next;

	for (struct shape *shape = v->shapes; shape != NULL; shape = next) {
		next = shape->next;
		if (shape->kept != NULL && s->drop != NULL)
			s->drop(shape->kept);
		arena_free(&shape->nodes);
		free(shape);
	}
	free(v);
}

void
shape_forget(struct shapes *s)
{
	struct template *t = NULL;

	while ((t = templates_next(s->templates, t)) != NULL) {
		struct variant *next;
		for (struct variant *v = t->variants; v != NULL; v = next) {
			next = v->next;
			free_variant(s, v);
		}
		t->variants = NULL;
		t->n_variants = 0;
	}
	s->bytes = 0;
	templates_forget(s->templates);
}

void
shape_tidy(struct shapes *s)
{
	if (s->bytes > SHAPE_BYTES_MAX || templates_full(s->templates))
		shape_forget(s);
}
