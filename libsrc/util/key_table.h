/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table of record keys with a maximum size. A key is part of a SHA-256,
 * so its first bits determine its place: the table is always nearly sorted, and
 * becomes a sorted array without more memory.
 */
#ifndef UTIL_KEY_TABLE_H
#define UTIL_KEY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

struct key_entry {
	uint64_t key[2]; /* not both 0 */
	uint64_t
	    row; /* digest of what the row says beside: schema/row_digest.h */
};

struct key_table {
	struct key_entry *slots;
	size_t cap;     /* home places of keys; a few more follow them */
	size_t cap_max; /* maximum of cap */
	size_t n;
};

/* Create an empty table of at most this many bytes, or of the smallest size. */
enum rc key_table_init(struct key_table *t, size_t bytes, struct err *e);
void key_table_reset(struct key_table *t);

/* The entry with that key, or NULL. */
const struct key_entry *key_table_find(
    const struct key_table *t, const uint64_t key[2]);

/* Add an entry whose key is not in the table. False if the table is full, or
 * without memory to enlarge it: the entry was not added, and the table must be
 * sorted and cleared before it is used again. */
bool key_table_add(struct key_table *t, const struct key_entry *entry);

/* Sort the n entries by their keys, in place. Clear the table before it is used
 * again. */
const struct key_entry *key_table_sort(struct key_table *t);
void key_table_clear(struct key_table *t);

/* calloc() for memory that is accessed at random. */
void *key_table_alloc(size_t n, size_t size);

/* Negative, 0 or positive, as memcmp(). */
static inline int
key_table_compare(const uint64_t a[2], const uint64_t b[2])
{
	const int high = (a[0] > b[0]) - (a[0] < b[0]);

	return high != 0 ? high : (a[1] > b[1]) - (a[1] < b[1]);
}

/* The home place of a key among `n` places; n is less than 2^32. */
static inline size_t
key_table_place(const uint64_t key[2], size_t n)
{
	return (size_t)((key[0] >> 32) * n >> 32);
}

/* Where the search for a key begins, to be prefetched. gcc 12 removes calls of
 * an inline function that only prefetches. */
static inline const struct key_entry *
key_table_start(const struct key_table *t, const uint64_t key[2])
{
	return &t->slots[key_table_place(key, t->cap)];
}

#endif
