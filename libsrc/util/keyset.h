/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records that a run has seen, by key and by a digest of their rows, in a
 * fixed amount of memory: a table (util/key_table.h), and sorted runs on disk
 * (util/key_runs.h) once the table is full. What it answers depends only on
 * what was added before, never on the amount of memory.
 */
#ifndef UTIL_KEYSET_H
#define UTIL_KEYSET_H

#include "util/key_table.h"

#define KEYSET_MEMORY_MIN ((size_t)1 << 20)

struct scratch;
struct keyset;

struct keyset_options {
	int dirfd; /* the folder of temporary files, or -1: it is `dir` */
	struct scratch *scratch; /* borrowed */
	size_t memory; /* bytes; less than the minimum counts as that */
};

enum keyset_answer {
	KEYSET_NEW,      /* no record had that key */
	KEYSET_AGAIN,    /* one had the same key and the same row */
	KEYSET_CONFLICT, /* those that had it had other rows */
};

enum rc keyset_create(
    struct keyset **sp, const struct keyset_options *o, struct err *e);
void keyset_destroy(struct keyset *s); /* takes NULL */

/* Look for a record, and add it unless it is there. */
enum rc keyset_add(struct keyset *s, const struct key_entry *record,
    enum keyset_answer *answer, struct err *e);

/* The key is added soon: calling this a few keys ahead hides the latency of
 * memory. */
void keyset_prefetch(const struct keyset *s, const uint64_t key[2]);

#endif
