/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "evtx/template_catalog.h"
#include "util/arena.h"
#include "util/cursor.h"

/* One item more than the maximum is kept: it says that the bucket is full, to
 * catalogs that this one is merged into, too. */
struct bucket {
	struct template_entry *first;
	unsigned n;
};

struct template_catalog {
	struct arena arena;
	struct bucket bucket[TEMPLATE_CATALOG_BUCKETS];
	bool full;
};

enum rc
template_catalog_create(struct template_catalog **cp, struct err *e)
{
	*cp = calloc(1, sizeof(**cp));
	if (*cp == NULL)
		return err_nomem(e);
	arena_init(&(*cp)->arena, TEMPLATE_CATALOG_BYTES_MAX);
	return RC_OK;
}

void
template_catalog_destroy(struct template_catalog *c)
{
	if (c == NULL)
		return;
	arena_free(&c->arena);
	free(c);
}

static uint32_t
id_of(const struct template_entry *item)
{
	struct cursor c = cursor_of(span_of(item->guid, TEMPLATE_GUID_BYTES));

	return cursor_u32(&c);
}

static const struct bucket *
bucket_of(const struct template_catalog *c, uint32_t id)
{
	return &c->bucket[id % TEMPLATE_CATALOG_BUCKETS];
}

static bool
is_same(const struct template_entry *a, const struct template_entry *b)
{
	return memcmp(a->guid, b->guid, TEMPLATE_GUID_BYTES) == 0 &&
	       span_eq(a->text, b->text);
}

void
template_catalog_add(
    struct template_catalog *c, const struct template_entry *item)
{
	struct bucket *const b =
	    &c->bucket[id_of(item) % TEMPLATE_CATALOG_BUCKETS];
	struct template_entry **at = &b->first;

	if (c->full)
		return;
	for (; *at != NULL; at = &(*at)->next) {
		if (!is_same(*at, item))
			continue;
		(*at)->sound = (*at)->sound || item->sound;
		return;
	}
	if (b->n > TEMPLATE_CATALOG_BUCKET_MAX)
		return;
	b->n++;
	struct template_entry *const n = arena_alloc(&c->arena, sizeof(*n));
	const struct span text = arena_copy(&c->arena, item->text);
	c->full = c->full || n == NULL || text.p == NULL;
	if (c->full)
		return;
	*n = *item;
	n->next = NULL;
	n->text = text;
	*at = n;
}

void
template_catalog_merge(
    struct template_catalog *to, const struct template_catalog *from)
{
	to->full = to->full || from->full;
	for (size_t i = 0; i < TEMPLATE_CATALOG_BUCKETS; i++) {
		const struct template_entry *n = from->bucket[i].first;
		for (; n != NULL; n = n->next)
			template_catalog_add(to, n);
	}
}

bool
template_catalog_is_full(const struct template_catalog *c)
{
	return c->full;
}

bool
template_catalog_is_full_for(const struct template_catalog *c, uint32_t id)
{
	return c->full || bucket_of(c, id)->n > TEMPLATE_CATALOG_BUCKET_MAX;
}

void
template_catalog_mark_full(struct template_catalog *c)
{
	c->full = true;
}

const struct template_entry *
template_catalog_next(
    const struct template_catalog *c, const struct template_entry *after)
{
	size_t i =
	    after == NULL ? 0 : id_of(after) % TEMPLATE_CATALOG_BUCKETS + 1;

	if (after != NULL && after->next != NULL)
		return after->next;
	while (i < TEMPLATE_CATALOG_BUCKETS && c->bucket[i].first == NULL)
		i++;
	return i == TEMPLATE_CATALOG_BUCKETS ? NULL : c->bucket[i].first;
}

const struct template_entry *
template_catalog_find(const struct template_catalog *c, uint32_t id,
    const struct template_entry *after)
{
	const struct template_entry *n =
	    after == NULL ? bucket_of(c, id)->first : after->next;

	if (template_catalog_is_full_for(c, id))
		return NULL;
	while (n != NULL && id_of(n) != id)
		n = n->next;
	return n;
}
