/* SPDX-License-Identifier: Apache-2.0 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "evtx/shape.h"

#define ANY_SIZE 0x00ff0000U /* the type alone */
#define ONE_SIZE 0x00ffffffU

static uint32_t
word_at(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

/* Values of these types have any size; for the others the size is part of the
 * shape, so that what is made for a shape need not look at it again. */
static bool
any_size(uint8_t type)
{
	return type == VALUE_NULL || type == VALUE_WSTRING ||
	       type == VALUE_STRING || type == VALUE_BINARY ||
	       type == VALUE_SID || type == VALUE_BINXML ||
	       (type & VALUE_ARRAY) != 0;
}

/* A descriptor as it is compared: the type, the size where it counts, and in
 * the highest bit whether the value is empty. */
static uint32_t
essence(uint32_t word, uint32_t mask)
{
	const uint32_t empty = (word & 0xffff) == 0 ? 0x80000000U : 0;

	return (word & mask) | empty;
}

static bool
matches(const struct variant *v, const uint8_t *descriptors)
{
	uint32_t differ = 0;

	for (uint32_t i = 0; i < v->n; i++) {
		uint32_t word;
		memcpy(&word, descriptors + 4 * (size_t)i, sizeof(word));
		differ |= essence(le32toh(word), v->mask[i]) ^ v->expect[i];
	}
	return differ == 0;
}

struct variant *
shape_variant(struct template *t, const uint8_t *descriptors, uint32_t n)
{
	struct variant **at = &t->variants;

	for (struct variant *v; (v = *at) != NULL; at = &v->next) {
		if (v->n != n || !matches(v, descriptors))
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
add_variant(struct shapes *s, struct template *t, const uint8_t *d, uint32_t n)
{
	struct variant *v = shape_variant(t, d, n);

	if (v != NULL || t->n_variants == SHAPE_VARIANTS_MAX)
		return v;
	const size_t size = sizeof(*v) + 2 * (size_t)n * sizeof(uint32_t);
	v = calloc(1, size);
	if (v == NULL)
		return NULL;
	s->bytes += size;
	v->n = n;
	v->expect = (uint32_t *)(v + 1);
	v->mask = v->expect + n;
	for (uint32_t i = 0; i < n; i++) {
		const uint32_t word = word_at(d + 4 * (size_t)i);
		const uint8_t type = (uint8_t)(word >> 16);
		v->mask[i] = any_size(type) ? ANY_SIZE : ONE_SIZE;
		v->expect[i] = essence(word, v->mask[i]);
		v->has_nested = v->has_nested || type == VALUE_BINXML;
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
		parts[i] = add_variant(
		    s, p->template, x->chunk.p + p->descriptors, p->n);
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
