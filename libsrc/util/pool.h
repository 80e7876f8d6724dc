/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pool of threads that gives results back in the order of submission.
 *
 * The owner submits jobs and takes them back, both from one thread. Jobs are
 * the owner's memory; between submit and take they belong to the pool. Each
 * thread has a worker of the owner's making that only it touches. With one
 * thread the work is done inside pool_submit(), and there is no thread at all,
 * unless it is wanted.
 */
#ifndef UTIL_POOL_H
#define UTIL_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"

struct pool;

struct pool_options {
	unsigned threads;
	bool apart;   /* even one thread is a thread */
	size_t slots; /* how many jobs may be out at once */
	void *
	    *workers; /* one per thread; the array and they outlive the pool */
	void (*work)(void *worker, void *job);
	/* Called by a thread after a job is done, so that an owner who waits
	 * for something else can be woken; may be NULL. */
	void (*done)(void *arg);
	void *arg;
};

enum rc pool_create(
    struct pool **pp, const struct pool_options *o, struct err *e);

/* Wait for what runs, drop what waits, end the threads. Takes NULL. */
void pool_destroy(struct pool *p);

/* How many jobs are out. */
size_t pool_out(const struct pool *p);

/* Give a job; fewer than `slots` may be out. */
void pool_submit(struct pool *p, void *job);

/* Whether the oldest job is done, so that pool_take() does not wait. */
bool pool_ready(struct pool *p);

/* The oldest job, when it is done; at least one must be out. */
void *pool_take(struct pool *p);

#endif
