/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pool of threads that returns results in the order of submission.
 *
 * The owner submits jobs and takes them back; both must happen in one thread.
 * The owner allocates the jobs and must not access them between submission and
 * return. The owner also creates a worker for each thread, which no other
 * thread uses. If `threads` is 1 and `apart` is not set, no thread is started
 * and pool_submit() does the work.
 */
#ifndef UTIL_POOL_H
#define UTIL_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"

struct pool;

struct pool_options {
	unsigned threads;
	bool apart;     /* start a thread even if `threads` is 1 */
	size_t slots;   /* maximum number of jobs in the pool */
	void **workers; /* one for each thread; the array and the workers must
			   outlive the pool */
	void (*work)(void *worker, void *job);
	/* Called by a thread when a job is done, for example to wake an owner
	 * that waits for something else. May be NULL. */
	void (*done)(void *arg);
	void *arg;
};

enum rc pool_create(
    struct pool **pp, const struct pool_options *o, struct err *e);

/* Wait for running jobs, discard jobs that were not started and end the
 * threads. Takes NULL. */
void pool_destroy(struct pool *p);

/* Number of jobs that were submitted and not taken. */
size_t pool_out(const struct pool *p);

/* Submit a job. Fewer than `slots` jobs may be in the pool. */
void pool_submit(struct pool *p, void *job);

/* True if the oldest job is done, so that pool_take() does not wait. */
bool pool_ready(struct pool *p);

/* Wait for the oldest job and return it. At least one must be in the pool. */
void *pool_take(struct pool *p);

/* Called by a thread for the job that it runs: wait until the owner has taken
 * all earlier jobs, so that only one job at a time continues after this call.
 */
void pool_wait_turn(struct pool *p, const void *job);

#endif
