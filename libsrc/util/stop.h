/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request to stop, as a thread that works for the run sees it.
 *
 * The main thread stops between jobs and keeps what the jobs that are out still
 * give. A hostile log can make a job last: then the job is given up, and the
 * run resumes from its last checkpoint.
 */
#ifndef UTIL_STOP_H
#define UTIL_STOP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Of one thread; starts with seen = 0. */
struct stop {
	const volatile sig_atomic_t *flag; /* NULL: never stops */
	int64_t seen; /* milliseconds of clock_ms(); 0: not set so far */
};

/* True if the thread has known of the request for over a second. */
bool stop_overdue(struct stop *s);

#endif
