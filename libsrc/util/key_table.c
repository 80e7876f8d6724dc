/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "util/key_table.h"

/* An entry lies less than so many places behind the one where it belongs.
 * Chance alone needs about 200 in a table of millions that is as full as it may
 * be. */
#define REACH ((size_t)1024)

#define FIRST_CAP ((size_t)4096)
#define CAP_LIMIT (((size_t)1 << 31) - 1) /* see key_table_place() */

static bool
is_free(const struct key_entry *s)
{
	return s->key[0] == 0 && s->key[1] == 0;
}

/* At most so many entries: linear probing slows down in a fuller table. */
static size_t
limit_of(const struct key_table *t)
{
	return t->cap / 4 * 3;
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
	t->slots = calloc(t->cap + REACH, sizeof(*t->slots));
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

/* Whether there was room within reach. */
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

/* Each entry moves by less than REACH places: it was not far from its own. */
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
	memset(&t->slots[n], 0, (t->cap + REACH - n) * sizeof(*t->slots));
	return t->slots;
}

void
key_table_clear(struct key_table *t)
{
	memset(t->slots, 0, (t->cap + REACH) * sizeof(*t->slots));
	t->n = 0;
}

/* Spread the n sorted entries at the end of the slots over all of them. An
 * entry never lands behind the place it is read from: those after it need their
 * room, too. False: they do not fit, which takes keys that were made for it. */
static bool
spread(struct key_table *t)
{
	const size_t all = t->cap + REACH;
	size_t next = 0;

	for (size_t from = all - t->n; from < all; from++) {
		const struct key_entry one = t->slots[from];
		const size_t home = key_table_place(one.key, t->cap);
		const size_t at = home > next ? home : next;
		if (at > from || at - home >= REACH) {
			memset(&t->slots[next], 0, (from - next) * sizeof(one));
			return false;
		}
		memset(&t->slots[next], 0, (at - next) * sizeof(one));
		t->slots[at] = one;
		next = at + 1;
	}
	memset(&t->slots[next], 0, (all - next) * sizeof(*t->slots));
	return true;
}

/* Twice as many places, in the same memory where the system can do that. */
static bool
grow(struct key_table *t)
{
	const size_t cap = t->cap < t->cap_max / 2 ? t->cap * 2 : t->cap_max;
	const size_t all = cap + REACH;

	if (cap == t->cap)
		return false;
	(void)key_table_sort(t);
	struct key_entry *const slots =
	    realloc(t->slots, all * sizeof(*t->slots));
	if (slots == NULL)
		return false;
	memmove(&slots[all - t->n], slots, t->n * sizeof(*slots));
	t->slots = slots;
	t->cap = cap;
	return spread(t);
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
