/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "util/key_table.h"

/* Maximum distance of an entry from its home place, plus 1. In a table of
 * millions of random keys that is as full as allowed, the largest distance is
 * about 200. */
#define REACH ((size_t)1024)

#define PAGE ((uintptr_t)4096)
#define LARGE ((size_t)4 << 20)
#define FIRST_CAP ((size_t)4096)
/* Maximum of `cap`: key_table_place() needs a number below 2^32. */
#define CAP_LIMIT (((size_t)1 << 31) - 1)

static bool
is_free(const struct key_entry *s)
{
	return s->key[0] == 0 && s->key[1] == 0;
}

/* Maximum number of entries: linear probing slows down in fuller tables. */
static size_t
limit_of(const struct key_table *t)
{
	return t->cap / 4 * 3;
}

/* Each lookup accesses another page of memory. Huge pages avoid most of the
 * cost of address translation. */
void *
key_table_alloc(size_t n, size_t size)
{
	void *const p = calloc(n, size);

#ifdef MADV_HUGEPAGE
	const uintptr_t skip = (PAGE - (uintptr_t)p % PAGE) % PAGE;
	if (p != NULL && n * size >= LARGE)
		(void)madvise(
		    (uint8_t *)p + skip, n * size - skip, MADV_HUGEPAGE);
#endif
	return p;
}

enum rc
key_table_init(struct key_table *t, size_t bytes, struct err *e)
{
	const size_t slots = bytes / sizeof(*t->slots);

	memset(t, 0, sizeof(*t));
	t->cap_max = slots < FIRST_CAP + REACH ? FIRST_CAP
		     : slots < CAP_LIMIT       ? slots - REACH
					       : CAP_LIMIT;
	t->cap = FIRST_CAP;
	t->slots = key_table_alloc(t->cap + REACH, sizeof(*t->slots));
	return t->slots == NULL ? err_nomem(e) : RC_OK;
}

void
key_table_reset(struct key_table *t)
{
	free(t->slots);
	memset(t, 0, sizeof(*t));
}

const struct key_entry *
key_table_find(const struct key_table *t, const uint64_t key[2])
{
	const struct key_entry *s = &t->slots[key_table_place(key, t->cap)];

	for (const struct key_entry *const end = s + REACH; s < end; s++) {
		if (s->key[0] == key[0] && s->key[1] == key[1])
			return s;
		if (is_free(s))
			return NULL;
	}
	return NULL;
}

/* Put an entry; false if none of the REACH slots from its home place is free.
 */
static bool
put(struct key_table *t, const struct key_entry *entry)
{
	struct key_entry *s = &t->slots[key_table_place(entry->key, t->cap)];

	for (const struct key_entry *const end = s + REACH; s < end; s++) {
		if (!is_free(s))
			continue;
		*s = *entry;
		t->n++;
		return true;
	}
	return false;
}

/* Insertion sort: each entry moves by less than REACH places. */
const struct key_entry *
key_table_sort(struct key_table *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->cap + REACH; i++) {
		const struct key_entry one = t->slots[i];
		size_t to = n;
		if (is_free(&one))
			continue;
		for (; to > 0 &&
		       key_table_compare(t->slots[to - 1].key, one.key) > 0;
		     to--)
			t->slots[to] = t->slots[to - 1];
		t->slots[to] = one;
		n++;
	}
	return t->slots;
}

void
key_table_clear(struct key_table *t)
{
	memset(t->slots, 0, (t->cap + REACH) * sizeof(*t->slots));
	t->n = 0;
}

/* Double the table. While it is copied, the old and the new table together use
 * less than twice the maximum. False if the table has its maximum size or
 * memory is exhausted. */
static bool
grow(struct key_table *t)
{
	struct key_table more = *t;

	more.cap = t->cap < t->cap_max / 2 ? t->cap * 2 : t->cap_max;
	more.slots = more.cap == t->cap
			 ? NULL
			 : key_table_alloc(more.cap + REACH, sizeof(*t->slots));
	if (more.slots == NULL)
		return false;
	more.n = 0;
	for (size_t i = 0; i < t->cap + REACH; i++) {
		if (is_free(&t->slots[i]) || put(&more, &t->slots[i]))
			continue;
		free(more.slots); /* the keys were crafted to collide */
		return false;
	}
	free(t->slots);
	*t = more;
	return true;
}

bool
key_table_add(struct key_table *t, const struct key_entry *entry)
{
	if (t->n >= limit_of(t) && !grow(t))
		return false;
	while (!put(t, entry)) {
		if (!grow(t))
			return false;
	}
	return true;
}
