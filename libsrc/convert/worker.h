/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The work of one thread: the chunks of a job are decoded, and their records
 * selected and rendered; what cannot be read becomes lines of damage.
 */
#ifndef CONVERT_WORKER_H
#define CONVERT_WORKER_H

#include <signal.h>

#include "convert/job.h"
#include "convert/recorder.h"

/* Records that are read besides the sequence of records in a chunk. */
enum recover_what {
	RECOVER_NONE, /* hidden records are only reported */
	RECOVER_HIDDEN,
	RECOVER_SLACK, /* and old ones in free space */
};

struct worker_options {
	const struct decoder_kind *decoder;
	struct recorder_options record;
	enum recover_what recover;
	const volatile sig_atomic_t *stop; /* or NULL: see util/stop.h */
};

struct worker;

enum rc worker_create(
    struct worker **wp, const struct worker_options *o, struct err *e);
void worker_destroy(struct worker *w); /* takes NULL */

/* The templates that it has seen; the worker's. */
const struct template_catalog *worker_catalog(const struct worker *w);

/* The pool's work: fill the results of a job. */
void worker_run(void *worker, void *job);

#endif
