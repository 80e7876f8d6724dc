/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "evtx/catalog.h"
#include "util/arena.h"
#include "util/cursor.h"

#define BUCKETS 1024U

struct catalog {
	struct arena arena;
	struct catalog_item *bucket[BUCKETS];
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

static bool
is_same(const struct catalog_item *a, const struct catalog_item *b)
{
	return memcmp(a->guid, b->guid, CATALOG_GUID) == 0 &&
	       span_eq(a->text, b->text);
}

void
catalog_add(struct catalog *c, const struct catalog_item *item)
{
	struct catalog_item **at = &c->bucket[id_of(item) % BUCKETS];

	for (; *at != NULL; at = &(*at)->next) {
		if (!is_same(*at, item))
			continue;
		(*at)->sound = (*at)->sound || item->sound;
		return;
	}
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
	for (size_t i = 0; i < BUCKETS; i++) {
		const struct catalog_item *n = from->bucket[i];
		for (; n != NULL; n = n->next)
			catalog_add(to, n);
	}
}

bool
catalog_full(const struct catalog *c)
{
	return c->full;
}

void
catalog_fill(struct catalog *c)
{
	c->full = true;
}

const struct catalog_item *
catalog_next(const struct catalog *c, const struct catalog_item *after)
{
	size_t i = after == NULL ? 0 : id_of(after) % BUCKETS + 1;

	if (after != NULL && after->next != NULL)
		return after->next;
	while (i < BUCKETS && c->bucket[i] == NULL)
		i++;
	return i == BUCKETS ? NULL : c->bucket[i];
}

const struct catalog_item *
catalog_find(
    const struct catalog *c, uint32_t id, const struct catalog_item *after)
{
	const struct catalog_item *n =
	    after == NULL ? c->bucket[id % BUCKETS] : after->next;

	while (n != NULL && id_of(n) != id)
		n = n->next;
	return n;
}
