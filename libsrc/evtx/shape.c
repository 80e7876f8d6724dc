/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "evtx/shape.h"

struct variant *
shape_variant(struct template *t, const uint32_t *words, uint32_t n)
{
	struct variant **at = &t->variants;

	for (struct variant *v; (v = *at) != NULL; at = &v->next) {
		if (v->n != n ||
		    memcmp(v->words, words, n * sizeof(*words)) != 0)
			continue;
		/* What was seen last is likely to be seen next. */
		*at = v->next;
		v->next = t->variants;
		t->variants = v;
		return v;
	}
	return NULL;
}

struct shape *
shape_find(struct variant *const *parts, size_t n_parts)
{
	struct variant *const first = parts[0];

	for (struct shape *s = first->shapes; s != NULL; s = s->next) {
		if (s->n_parts == n_parts &&
		    memcmp(s->parts, parts, n_parts * sizeof(*parts)) == 0)
			return s;
	}
	return NULL;
}

static struct variant *
add_variant(
    struct shapes *s, struct template *t, const uint32_t *words, uint32_t n)
{
	struct variant *v = shape_variant(t, words, n);

	if (v != NULL || t->n_variants == SHAPE_VARIANTS_MAX)
		return v;
	const size_t size = sizeof(*v) + (size_t)n * sizeof(*words);
	v = calloc(1, size);
	if (v == NULL)
		return NULL;
	s->bytes += size;
	v->n = n;
	v->words = (uint32_t *)(v + 1);
	for (uint32_t i = 0; i < n; i++) {
		v->words[i] = words[i];
		v->has_nested =
		    v->has_nested || words[i] == (uint32_t)VALUE_BINXML << 16;
	}
	v->next = t->variants;
	t->variants = v;
	t->n_variants++;
	return v;
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
		parts[i] =
		    add_variant(s, p->template, x->words + p->base, p->n);
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
	shape->next = parts[0]->shapes;
	parts[0]->shapes = shape;
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
