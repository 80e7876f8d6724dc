/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Record keys on disk: sorted runs in temporary files (util/scratch.h). A Bloom
 * filter in memory excludes nearly all keys that are in no run, and an index
 * contains the first key of each page of a run. So the lookup of a key that is
 * in a run usually reads one page, and that of another key usually none. When
 * there are many runs, they are merged.
 */
#ifndef UTIL_KEY_RUNS_H
#define UTIL_KEY_RUNS_H

#include "util/key_table.h"

struct key_runs;

struct key_runs_options {
	int dirfd; /* folder for the files; -1: the scratch folder */
	/* Where the files are created if dirfd is -1; borrowed. */
	struct scratch *scratch;
	size_t memory; /* bytes for the filter and the page indexes */
};

/* Create an empty set. The filter is allocated with the first run. */
enum rc key_runs_create(
    struct key_runs **kp, const struct key_runs_options *o, struct err *e);
void key_runs_destroy(struct key_runs *k); /* k may be NULL */

/* Write n sorted entries as a new run. Their keys must not be in another run.
 */
enum rc key_runs_add(struct key_runs *k, const struct key_entry *entries,
    size_t n, struct err *e);

/* Find the entry of a key: if a run contains it, set *is_there and copy the
 * entry to *found. */
enum rc key_runs_find(struct key_runs *k, const uint64_t key[2],
    struct key_entry *found, bool *is_there, struct err *e);

/* Load the filter bits of a key that will be looked up soon into the cache. */
void key_runs_prefetch(const struct key_runs *k, const uint64_t key[2]);

#endif
