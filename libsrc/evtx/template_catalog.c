/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "evtx/template_catalog.h"
#include "util/arena.h"
#include "util/le.h"

/* A full bucket holds one entry more than the maximum, so that a catalog into
 * which it is merged sees that it was full. */
struct bucket {
	struct template_entry *first;
	unsigned n;
};

struct template_catalog {
	struct arena arena;
	struct bucket bucket[TEMPLATE_CATALOG_BUCKETS];
	/* Number of the current source, set by template_catalog_set_source().
	 */
	uint64_t source;
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

void
template_catalog_set_source(struct template_catalog *c, uint64_t source)
{
	c->source = source;
}

uint64_t
template_catalog_source(const struct template_catalog *c)
{
	return c->source;
}

/* The first source, preferably with a sound definition: independent of the
 * order of additions. */
static void
add_source(struct template_entry *to, const struct template_entry *from)
{
	const bool sounder = from->sound && !to->sound;

	if (sounder || (from->sound == to->sound && from->source < to->source))
		to->source = from->source;
	to->sound = to->sound || from->sound;
}

void
template_catalog_add(
    struct template_catalog *c, const struct template_entry *entry)
{
	struct bucket *const b =
	    &c->bucket[le_u32(entry->guid) % TEMPLATE_CATALOG_BUCKETS];
	struct template_entry **at = &b->first;

	if (c->full)
		return;
	for (; *at != NULL; at = &(*at)->next) {
		if (memcmp((*at)->guid, entry->guid, TEMPLATE_GUID_BYTES) !=
			0 ||
		    !span_eq((*at)->text, entry->text))
			continue;
		add_source(*at, entry);
		return;
	}
	if (b->n > TEMPLATE_CATALOG_BUCKET_MAX)
		return;
	b->n++;
	struct template_entry *const n = arena_alloc(&c->arena, sizeof(*n));
	const struct span text = arena_copy(&c->arena, entry->text);
	c->full = n == NULL || text.p == NULL;
	if (c->full)
		return;
	*n = *entry;
	n->next = NULL;
	n->text = text;
	*at = n;
}

void
template_catalog_merge(
    struct template_catalog *to, const struct template_catalog *from)
{
	const struct template_entry *n = NULL;

	to->full = to->full || from->full;
	while ((n = template_catalog_next(from, n)) != NULL)
		template_catalog_add(to, n);
}

bool
template_catalog_is_full(const struct template_catalog *c)
{
	return c->full;
}

bool
template_catalog_is_full_for(const struct template_catalog *c, uint32_t id)
{
	return c->full || c->bucket[id % TEMPLATE_CATALOG_BUCKETS].n >
			      TEMPLATE_CATALOG_BUCKET_MAX;
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
	size_t i = 0;

	if (after != NULL && after->next != NULL)
		return after->next;
	if (after != NULL)
		i = le_u32(after->guid) % TEMPLATE_CATALOG_BUCKETS + 1;
	while (i < TEMPLATE_CATALOG_BUCKETS && c->bucket[i].first == NULL)
		i++;
	return i == TEMPLATE_CATALOG_BUCKETS ? NULL : c->bucket[i].first;
}

const struct template_entry *
template_catalog_find(const struct template_catalog *c, uint32_t id,
    const struct template_entry *after)
{
	const struct template_entry *n =
	    after == NULL ? c->bucket[id % TEMPLATE_CATALOG_BUCKETS].first
			  : after->next;

	if (template_catalog_is_full_for(c, id))
		return NULL;
	while (n != NULL && le_u32(n->guid) != id)
		n = n->next;
	return n;
}
