/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pool of threads that returns results in the order of submission.
 *
 * The owner submits jobs and takes them back, both from one thread. Jobs are
 * the owner's memory; between submission and return they belong to the pool.
 * Each thread has a worker, created by the owner, which no other thread uses.
 * With one thread the work is done inside pool_submit() without a thread,
 * unless `apart` is set.
 */
#ifndef UTIL_POOL_H
#define UTIL_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"

struct pool;

struct pool_options {
	unsigned threads;
	bool apart;     /* use a thread even if `threads` is 1 */
	size_t slots;   /* maximum number of jobs in the pool */
	void **workers; /* one for each thread; they and the array outlive the
			   pool */
	void (*work)(void *worker, void *job);
	/* Called by a thread when a job is done, to wake an owner who waits for
	 * something else; may be NULL. */
	void (*done)(void *arg);
	void *arg;
};

enum rc pool_create(
    struct pool **pp, const struct pool_options *o, struct err *e);

/* Wait for running jobs, drop the waiting ones, end the threads. Takes NULL. */
void pool_destroy(struct pool *p);

/* Number of jobs in the pool. */
size_t pool_out(const struct pool *p);

/* Submit a job. Fewer than `slots` jobs may be in the pool. */
void pool_submit(struct pool *p, void *job);

/* True if the oldest job is done, so that pool_take() does not wait. */
bool pool_ready(struct pool *p);

/* Wait for the oldest job and return it. At least one must be in the pool. */
void *pool_take(struct pool *p);

/* Called by a thread for the job that it does: waits until all jobs before it
 * are taken, so that only one job at a time goes on behind this call. */
void pool_wait_turn(struct pool *p, const void *job);

#endif
