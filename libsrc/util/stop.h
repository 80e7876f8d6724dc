/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lets a worker thread react to a request to stop.
 *
 * After a request the main thread submits no more jobs and keeps the results of
 * jobs in progress. A hostile log can make a job last long. Such a job is
 * abandoned, and the next run resumes from the last checkpoint.
 */
#ifndef UTIL_STOP_H
#define UTIL_STOP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* How a thread notices a request to stop. Each thread has its own struct;
 * `seen` must be 0 at the start. */
struct stop {
	const volatile sig_atomic_t *flag; /* nonzero: stop is requested. NULL:
					      it is never requested */
	int64_t seen; /* clock_ms() when the thread first saw the request; 0:
			 not yet */
};

/* True if the thread saw the request over a second ago. The first call after
 * the request counts as the time when the thread saw it. */
bool stop_overdue(struct stop *s);

#endif
