/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "evtx/catalog.h"
#include "util/arena.h"
#include "util/cursor.h"

/* One item more than the maximum is kept: it says that the bucket is full, to
 * catalogs that this one is merged into, too. */
struct bucket {
	struct catalog_item *first;
	unsigned n;
};

struct catalog {
	struct arena arena;
	struct bucket bucket[CATALOG_BUCKETS];
	bool full;
};

enum rc
catalog_create(struct catalog **cp, struct err *e)
{
	*cp = calloc(1, sizeof(**cp));
	if (*cp == NULL)
		return err_nomem(e);
	arena_init(&(*cp)->arena, CATALOG_BYTES_MAX);
	return RC_OK;
}

void
catalog_destroy(struct catalog *c)
{
	if (c == NULL)
		return;
	arena_free(&c->arena);
	free(c);
}

static uint32_t
id_of(const struct catalog_item *item)
{
	struct cursor c = cursor_of(span_of(item->guid, CATALOG_GUID));

	return cursor_u32(&c);
}

static const struct bucket *
bucket_of(const struct catalog *c, uint32_t id)
{
	return &c->bucket[id % CATALOG_BUCKETS];
}

static bool
is_same(const struct catalog_item *a, const struct catalog_item *b)
{
	return memcmp(a->guid, b->guid, CATALOG_GUID) == 0 &&
	       span_eq(a->text, b->text);
}

void
catalog_add(struct catalog *c, const struct catalog_item *item)
{
	struct bucket *const b = &c->bucket[id_of(item) % CATALOG_BUCKETS];
	struct catalog_item **at = &b->first;

	if (c->full)
		return;
	for (; *at != NULL; at = &(*at)->next) {
		if (!is_same(*at, item))
			continue;
		(*at)->sound = (*at)->sound || item->sound;
		return;
	}
	if (b->n > CATALOG_BUCKET_MAX)
		return;
	b->n++;
	struct catalog_item *const n = arena_alloc(&c->arena, sizeof(*n));
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
catalog_merge(struct catalog *to, const struct catalog *from)
{
	to->full = to->full || from->full;
	for (size_t i = 0; i < CATALOG_BUCKETS; i++) {
		const struct catalog_item *n = from->bucket[i].first;
		for (; n != NULL; n = n->next)
			catalog_add(to, n);
	}
}

bool
catalog_full(const struct catalog *c)
{
	return c->full;
}

bool
catalog_full_of(const struct catalog *c, uint32_t id)
{
	return c->full || bucket_of(c, id)->n > CATALOG_BUCKET_MAX;
}

void
catalog_fill(struct catalog *c)
{
	c->full = true;
}

const struct catalog_item *
catalog_next(const struct catalog *c, const struct catalog_item *after)
{
	size_t i = after == NULL ? 0 : id_of(after) % CATALOG_BUCKETS + 1;

	if (after != NULL && after->next != NULL)
		return after->next;
	while (i < CATALOG_BUCKETS && c->bucket[i].first == NULL)
		i++;
	return i == CATALOG_BUCKETS ? NULL : c->bucket[i].first;
}

const struct catalog_item *
catalog_find(
    const struct catalog *c, uint32_t id, const struct catalog_item *after)
{
	const struct catalog_item *n =
	    after == NULL ? bucket_of(c, id)->first : after->next;

	if (catalog_full_of(c, id))
		return NULL;
	while (n != NULL && id_of(n) != id)
		n = n->next;
	return n;
}
