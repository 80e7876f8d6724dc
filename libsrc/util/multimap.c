/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "util/mix.h"
#include "util/multimap.h"
#include "util/pages.h"

#define FIRST_SLOTS (UINT64_C(1) << 10)
#define CACHED ((size_t)1024) /* number of pages in memory: 4 MB */

/* The table uses open addressing and is at most three quarters full. A slot
 * with the value 0 is free. */
struct slot {
	uint64_t key;
	uint64_t value;
};

struct table {
	struct pages *pages;
	uint64_t cap; /* number of slots; a power of 2 */
	uint64_t n;
};

struct multimap {
	int dirfd;
	struct scratch *scratch;
	struct table table;
};

static enum rc
make_table(struct multimap *m, struct table *t, uint64_t cap, struct err *e)
{
	const struct pages_options o = {
		.dirfd = m->dirfd, .scratch = m->scratch, .cached = CACHED
	};

	*t = (struct table){ .cap = cap };
	return pages_create(&t->pages, &o, e);
}

enum rc
multimap_create(
    struct multimap **mp, int dirfd, struct scratch *scratch, struct err *e)
{
	struct multimap *const m = calloc(1, sizeof(*m));

	*mp = m;
	if (m == NULL)
		return err_nomem(e);
	m->dirfd = dirfd;
	m->scratch = scratch;
	return make_table(m, &m->table, FIRST_SLOTS, e);
}

void
multimap_destroy(struct multimap *m)
{
	if (m == NULL)
		return;
	pages_destroy(m->table.pages);
	free(m);
}

static enum rc
read_slot(const struct table *t, uint64_t i, struct slot *slot, struct err *e)
{
	return pages_read(t->pages, (i & (t->cap - 1)) * sizeof(*slot), slot,
	    sizeof(*slot), e);
}

static uint64_t
place_of(uint64_t key)
{
	return mix_word(0, key);
}

/* Put a new pair into the first free slot from `i` on. */
static enum rc
put(struct table *t, uint64_t i, const struct slot *pair, struct err *e)
{
	struct slot slot;
	enum rc rc;

	while ((rc = read_slot(t, i, &slot, e)) == RC_OK && slot.value != 0)
		i++;
	if (rc == RC_OK)
		rc = pages_write(t->pages, (i & (t->cap - 1)) * sizeof(*pair),
		    span_of(pair, sizeof(*pair)), e);
	t->n++;
	return rc;
}

enum rc
multimap_next(struct multimap *m, uint64_t key, uint64_t *at, uint64_t *value,
    struct err *e)
{
	struct slot slot;
	enum rc rc;

	*value = 0;
	while ((rc = read_slot(&m->table, place_of(key) + *at, &slot, e)) ==
		   RC_OK &&
	       slot.value != 0) {
		++*at;
		if (slot.key != key)
			continue;
		*value = slot.value;
		return RC_OK;
	}
	return rc;
}

enum rc
multimap_add(struct multimap *m, uint64_t key, uint64_t value, bool *there,
    struct err *e)
{
	const struct slot pair = { key, value };
	struct table *const t = &m->table;
	struct table more;
	struct slot slot;
	uint64_t found = 0;
	uint64_t at = 0;
	enum rc rc;

	do
		rc = multimap_next(m, key, &at, &found, e);
	while (rc == RC_OK && found != 0 && found != value);
	*there = found != 0;
	if (rc != RC_OK || *there)
		return rc;
	if (t->n >= t->cap / 4 * 3) {
		rc = make_table(m, &more, t->cap * 2, e);
		for (uint64_t i = 0; rc == RC_OK && i < t->cap; i++) {
			rc = read_slot(t, i, &slot, e);
			if (rc == RC_OK && slot.value != 0)
				rc = put(&more, place_of(slot.key), &slot, e);
		}
		pages_destroy(rc == RC_OK ? t->pages : more.pages);
		if (rc != RC_OK)
			return rc;
		*t = more;
	}
	return put(t, place_of(key), &pair, e);
}
