/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Record keys on disk: sorted runs in temporary files (util/scratch.h). Memory
 * holds a filter that knows nearly all keys that are in no run, and the first
 * key of each page of a run, so that looking for a key reads one page of the
 * run that has it, and mostly nothing when no run has it. When there are many
 * runs, they are merged.
 */
#ifndef UTIL_KEY_RUNS_H
#define UTIL_KEY_RUNS_H

#include "util/key_table.h"

struct key_runs;

struct key_runs_options {
	int dirfd; /* the folder of the files, or -1: it is `dir` */
	struct scratch *scratch; /* borrowed */
	size_t memory;           /* for all of it */
};

/* No memory but for the struct is used before the first run. */
enum rc key_runs_create(
    struct key_runs **kp, const struct key_runs_options *o, struct err *e);
void key_runs_destroy(struct key_runs *k); /* takes NULL */

/* Write n entries, sorted and of keys that no run has, as a run. */
enum rc key_runs_add(struct key_runs *k, const struct key_entry *entries,
    size_t n, struct err *e);

/* Look for a key. */
enum rc key_runs_find(struct key_runs *k, const uint64_t key[2],
    struct key_entry *found, bool *is_there, struct err *e);

/* The key is looked for soon. */
void key_runs_prefetch(const struct key_runs *k, const uint64_t key[2]);

/* How many runs there are now. */
size_t key_runs_count(const struct key_runs *k);

#endif
