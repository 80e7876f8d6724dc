/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table of the indexes of items that the caller keeps in an array. Items
 * are never removed one by one. A search returns the items with equal hashes,
 * and the caller compares them:
 *
 *   struct hash_search s = hash_index_search(hash);
 *   while ((i = hash_index_next(&index, &s)) != HASH_INDEX_END)
 *           if (is_same(&items[i]))
 *                   return i;
 */
#ifndef COVERAGE_HASH_INDEX_H
#define COVERAGE_HASH_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_INDEX_END SIZE_MAX

struct hash_slot {
	uint32_t hash;
	uint32_t item; /* index of the item + 1; 0: the slot is free */
};

/* Initialize with zeros. */
struct hash_index {
	/* The slots of the table. n_slots is a power of two; at most half of
	 * the slots are used. */
	struct hash_slot *slots;
	size_t n_slots;
	size_t n;
};

struct hash_search {
	uint32_t hash;
	size_t at;
};

static inline struct hash_search
hash_index_search(uint64_t hash)
{
	return (struct hash_search){ (uint32_t)hash, (uint32_t)hash };
}

static inline size_t
hash_index_next(const struct hash_index *x, struct hash_search *s)
{
	while (x->n_slots != 0) {
		const struct hash_slot slot =
		    x->slots[s->at++ & (x->n_slots - 1)];
		if (slot.item == 0)
			break;
		if (slot.hash == s->hash)
			return slot.item - 1;
	}
	return HASH_INDEX_END;
}

/* Add an item that is not in the table yet. False if memory is exhausted. */
bool hash_index_add(struct hash_index *x, uint64_t hash, size_t item);

/* hash_index_clear() removes all items; hash_index_reset() also frees the
 * memory. */
void hash_index_clear(struct hash_index *x);
void hash_index_reset(struct hash_index *x);

#endif
