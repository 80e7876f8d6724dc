/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The work of one thread: decodes the chunks of a job, selects and renders
 * their records, and reports as damage what cannot be read.
 */
#ifndef CONVERT_WORKER_H
#define CONVERT_WORKER_H

#include <signal.h>

#include "convert/job.h"
#include "convert/recorder.h"

/* The records that are read in addition to the sequence of records in a chunk.
 */
enum recover_what {
	RECOVER_NONE, /* no other records; hidden ones are only reported */
	RECOVER_HIDDEN,
	RECOVER_SLACK, /* hidden records, and old records in free space */
};

struct worker_options {
	const struct decoder_kind *decoder;
	struct recorder_options record;
	enum recover_what recover;
	/* Flag of util/stop.h that stops the run, or NULL. */
	const volatile sig_atomic_t *stop;
};

struct worker;

enum rc worker_create(
    struct worker **wp, const struct worker_options *o, struct err *e);
void worker_destroy(struct worker *w); /* takes NULL */

/* The templates that the worker has seen; owned by the worker. */
const struct template_catalog *worker_catalog(const struct worker *w);

/* Process a job and the others of its group, and set their results. With
 * digests_only, only make their digests. For use in struct pool_options. */
void worker_run(void *worker, void *job);

#endif
