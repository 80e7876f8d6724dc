/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "node.h"

#define BLOCK 65536

struct node_block {
	struct node_block *next;
	size_t used;
	size_t size;
	max_align_t bytes[];
};

void
node_arena_reset(struct node_arena *a)
{
	while (a->blocks != NULL) {
		struct node_block *const next = a->blocks->next;

		free(a->blocks);
		a->blocks = next;
	}
}

void *
node_take(struct node_arena *a, size_t n)
{
	n = (n + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
	if (a->blocks == NULL || a->blocks->size - a->blocks->used < n) {
		const size_t size = n > BLOCK ? n : BLOCK;
		struct node_block *const b = malloc(sizeof(*b) + size);

		if (b == NULL)
			buf_die(1, "out of memory");
		b->next = a->blocks;
		b->used = 0;
		b->size = size;
		a->blocks = b;
	}
	uint8_t *const p = (uint8_t *)a->blocks->bytes + a->blocks->used;
	a->blocks->used += n;
	memset(p, 0, n);
	return p;
}

static const uint8_t *
keep(struct node_arena *a, const uint8_t *units, size_t bytes)
{
	if (bytes == 0)
		return NULL;
	uint8_t *const copy = node_take(a, bytes);
	memcpy(copy, units, bytes);
	return copy;
}

struct node *
node_new(struct node_arena *a, enum node_kind kind, const uint8_t *units,
    size_t bytes)
{
	struct node *const n = node_take(a, sizeof(*n));

	n->kind = kind;
	n->text = keep(a, units, bytes);
	n->bytes = bytes;
	return n;
}

struct node *
node_ascii(struct node_arena *a, enum node_kind kind, const char *text)
{
	struct buf units = { 0 };

	buf_wide(&units, text);
	struct node *const n = node_new(a, kind, units.p, units.n);
	buf_free(&units);
	return n;
}

struct node *
node_substitution(
    struct node_arena *a, unsigned substitution, uint8_t hint, bool optional)
{
	struct node *const n = node_new(a, NODE_SUBSTITUTION, NULL, 0);

	n->index = (uint16_t)substitution;
	n->hint = hint;
	n->optional = optional;
	return n;
}

struct node *
node_add(struct node *parent, struct node *kid)
{
	struct node **at =
	    kid->kind == NODE_ATTRIBUTE ? &parent->attrs : &parent->kids;

	while (*at != NULL)
		at = &(*at)->next;
	*at = kid;
	return kid;
}

struct node *
node_clone(struct node_arena *a, const struct node *n)
{
	struct node *const copy = node_new(a, n->kind, n->text, n->bytes);

	copy->hint = n->hint;
	copy->optional = n->optional;
	copy->index = n->index;
	copy->more = keep(a, n->more, n->more_bytes);
	copy->more_bytes = n->more_bytes;
	for (const struct node *k = n->attrs; k != NULL; k = k->next)
		(void)node_add(copy, node_clone(a, k));
	for (const struct node *k = n->kids; k != NULL; k = k->next)
		(void)node_add(copy, node_clone(a, k));
	return copy;
}

/* FNV-1a, twice with different beginnings. */
static void
mix(uint64_t h[2], const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		h[0] = (h[0] ^ p[i]) * 0x100000001b3U;
		h[1] = (h[1] ^ p[i]) * 0x100000001b3U;
	}
}

static void
mix_tree(uint64_t h[2], const struct node *n)
{
	const uint8_t head[6] = { (uint8_t)n->kind, n->hint, n->optional,
		(uint8_t)n->index, (uint8_t)(n->index >> 8), 0xff };

	mix(h, head, sizeof(head));
	mix(h, n->text, n->bytes);
	mix(h, head, 1);
	mix(h, n->more, n->more_bytes);
	for (const struct node *k = n->attrs; k != NULL; k = k->next)
		mix_tree(h, k);
	for (const struct node *k = n->kids; k != NULL; k = k->next)
		mix_tree(h, k);
	mix(h, head + 5, 1);
}

void
node_guid(const struct node *n, uint8_t guid[16])
{
	uint64_t h[2] = { 0xcbf29ce484222325U, 0x84222325cbf29ce4U };

	mix_tree(h, n);
	for (size_t i = 0; i < 16; i++)
		guid[i] = (uint8_t)(h[i / 8] >> (8 * (i % 8)));
}

struct node *
node_wrap(struct node_arena *a, const char *name, struct node *content)
{
	struct node *const n = node_ascii(a, NODE_ELEMENT, name);

	(void)node_add(n, content);
	return n;
}
