/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records that a run has seen, by key and by a digest of the row, in a
 * fixed amount of memory: a table (util/key_table.h), and sorted runs on disk
 * (util/key_runs.h) when the table is full. The answers depend on the records
 * added before, never on the amount of memory.
 */
#ifndef UTIL_KEYSET_H
#define UTIL_KEYSET_H

#include "util/key_table.h"

#define KEYSET_MEMORY_MIN ((size_t)1 << 20)

struct scratch;
struct keyset;

struct keyset_options {
	int dirfd; /* of temporary files; -1: the scratch folder */
	struct scratch *scratch; /* borrowed */
	size_t memory; /* bytes; less than the minimum counts as that */
};

enum keyset_answer {
	KEYSET_NEW,      /* no record with that key before */
	KEYSET_AGAIN,    /* a record with the same key and the same row */
	KEYSET_CONFLICT, /* only records with the same key and other rows */
};

enum rc keyset_create(
    struct keyset **sp, const struct keyset_options *o, struct err *e);
void keyset_destroy(struct keyset *s); /* takes NULL */

/* Find a record, and add it if it is new or a conflict. */
enum rc keyset_add(struct keyset *s, const struct key_entry *record,
    enum keyset_answer *answer, struct err *e);

/* Announce a key that will be added soon. A few keys ahead, this hides the
 * latency of memory. */
void keyset_prefetch(const struct keyset *s, const uint64_t key[2]);

#endif
