/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The set of records that a run has seen, each with its key and its row digest.
 * It uses a fixed amount of memory: when its table (util/key_table.h) is full,
 * the entries are moved to sorted runs on disk (util/key_runs.h). The results
 * depend only on the records added before, not on the amount of memory.
 */
#ifndef UTIL_KEYSET_H
#define UTIL_KEYSET_H

#include "util/key_table.h"

#define KEYSET_MEMORY_MIN ((size_t)1 << 20)

struct scratch;
struct keyset;

struct keyset_options {
	int dirfd; /* folder for temporary files; -1: the scratch folder */
	/* Where the files are created if dirfd is -1; borrowed. */
	struct scratch *scratch;
	/* Maximum memory in bytes; at least KEYSET_MEMORY_MIN is used. */
	size_t memory;
};

enum keyset_answer {
	KEYSET_NEW,      /* the set has no record with this key */
	KEYSET_AGAIN,    /* it has a record with this key and this row */
	KEYSET_CONFLICT, /* it only has records with this key and other rows */
};

enum rc keyset_create(
    struct keyset **sp, const struct keyset_options *o, struct err *e);
void keyset_destroy(struct keyset *s); /* s may be NULL */

/* Look a record up, and add it unless the answer is KEYSET_AGAIN. */
enum rc keyset_add(struct keyset *s, const struct key_entry *record,
    enum keyset_answer *answer, struct err *e);

/* Load the memory for a key that will be added soon into the cache. Called a
 * few keys ahead, this hides the latency of memory. */
void keyset_prefetch(const struct keyset *s, const uint64_t key[2]);

#endif
