/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Record keys on disk: sorted runs in temporary files (util/scratch.h). Memory
 * holds a Bloom filter, which excludes nearly all keys that are in no run, and
 * the first key of each page of a run. So a lookup reads one page of the run
 * that has the key, and mostly none if no run has it. When there are many runs,
 * they are merged.
 */
#ifndef UTIL_KEY_RUNS_H
#define UTIL_KEY_RUNS_H

#include "util/key_table.h"

struct key_runs;

struct key_runs_options {
	int dirfd; /* the folder of the files; -1: the scratch folder */
	struct scratch *scratch; /* borrowed */
	size_t memory;           /* bytes for the filter and the page indexes */
};

/* Memory is allocated with the first run. */
enum rc key_runs_create(
    struct key_runs **kp, const struct key_runs_options *o, struct err *e);
void key_runs_destroy(struct key_runs *k); /* takes NULL */

/* Write a run of n sorted entries, whose keys are in no other run. */
enum rc key_runs_add(struct key_runs *k, const struct key_entry *entries,
    size_t n, struct err *e);

/* Find the entry of a key. */
enum rc key_runs_find(struct key_runs *k, const uint64_t key[2],
    struct key_entry *found, bool *is_there, struct err *e);

/* Announce that this key will be searched soon. */
void key_runs_prefetch(const struct key_runs *k, const uint64_t key[2]);

/* Number of runs. */
size_t key_runs_count(const struct key_runs *k);

#endif
