/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pool of threads that gives results back in the order of submission.
 *
 * The owner submits jobs and takes them back, both from one thread. Jobs are
 * the owner's memory; between submit and take they belong to the pool. Each
 * thread has a worker of the owner's making that only it touches. With one
 * thread the work is done inside pool_submit(), and there is no thread at all.
 */
#ifndef UTIL_POOL_H
#define UTIL_POOL_H

#include <stddef.h>

#include "util/err.h"

struct pool;

struct pool_options {
	unsigned threads;
	size_t slots; /* how many jobs may be out at once */
	void *
	    *workers; /* one per thread; the array and they outlive the pool */
	void (*work)(void *worker, void *job);
};

enum rc pool_create(
    struct pool **pp, const struct pool_options *o, struct err *e);

/* Wait for what runs, drop what waits, end the threads. Takes NULL. */
void pool_destroy(struct pool *p);

/* How many jobs are out. */
size_t pool_out(const struct pool *p);

/* Give a job; fewer than `slots` may be out. */
void pool_submit(struct pool *p, void *job);

/* The oldest job, when it is done; at least one must be out. */
void *pool_take(struct pool *p);

#endif
