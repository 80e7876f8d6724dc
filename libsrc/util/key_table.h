/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table of record keys with a maximum size. A key is part of a SHA-256
 * digest, so its first bits can be used as the hash value. Therefore the table
 * is always nearly sorted and can be sorted in place.
 */
#ifndef UTIL_KEY_TABLE_H
#define UTIL_KEY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

struct key_entry {
	/* The 16 bytes of a RecordKey; at least one word is not 0. */
	uint64_t key[2];
	uint64_t row; /* digest of the row, from schema/row_digest.h */
};

struct key_table {
	struct key_entry *slots;
	size_t cap;     /* number of home places; more slots follow them */
	size_t cap_max; /* maximum of `cap` */
	size_t n;       /* number of entries */
};

/* Create an empty table that uses at most `bytes` bytes. If that is less than
 * the smallest size, the smallest size is used. */
enum rc key_table_init(struct key_table *t, size_t bytes, struct err *e);
void key_table_reset(struct key_table *t);

/* The entry with this key, or NULL. */
const struct key_entry *key_table_find(
    const struct key_table *t, const uint64_t key[2]);

/* Add an entry whose key is not in the table. False: the table is full or
 * cannot be enlarged, and the entry was not added. Then the table must be
 * sorted and cleared before it is used again. */
bool key_table_add(struct key_table *t, const struct key_entry *entry);

/* Sort the t->n entries by their keys, in place, and return the first. The
 * table must be cleared before it is used again. */
const struct key_entry *key_table_sort(struct key_table *t);
void key_table_clear(struct key_table *t);

/* calloc() for memory that is accessed at random. */
void *key_table_alloc(size_t n, size_t size);

/* Compare two keys: negative, 0 or positive, like memcmp(). */
static inline int
key_table_compare(const uint64_t a[2], const uint64_t b[2])
{
	const int high = (a[0] > b[0]) - (a[0] < b[0]);

	return high != 0 ? high : (a[1] > b[1]) - (a[1] < b[1]);
}

/* The home place of a key in a table of n places; n must be less than 2^32. */
static inline size_t
key_table_place(const uint64_t key[2], size_t n)
{
	return (size_t)((key[0] >> 32) * n >> 32);
}

/* The slot where the search for a key begins. The caller prefetches it itself,
 * because gcc 12 removes calls of an inline function that only prefetches. */
static inline const struct key_entry *
key_table_start(const struct key_table *t, const uint64_t key[2])
{
	return &t->slots[key_table_place(key, t->cap)];
}

#endif
