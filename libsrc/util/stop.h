/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request to stop, as seen by a worker thread.
 *
 * The main thread stops between jobs and keeps the results of jobs in progress.
 * A hostile log can make a job last long: then the job is abandoned, and the
 * run resumes from its last checkpoint.
 */
#ifndef UTIL_STOP_H
#define UTIL_STOP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* One for each thread; starts with seen = 0. */
struct stop {
	const volatile sig_atomic_t *flag; /* NULL: never stops */
	int64_t seen; /* when the flag was first seen set, in clock_ms(); 0: not
			 yet */
};

/* True if the thread has known of the request for over a second. */
bool stop_overdue(struct stop *s);

#endif
