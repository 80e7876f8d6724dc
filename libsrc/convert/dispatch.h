/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The jobs of a run and the threads that do them. A job is idle, or it is
 * filled by the caller, or a worker has it, or it is done and waits to be
 * collected. Results are collected in the order in which jobs were submitted,
 * by one function of the caller and in the caller's thread, so the output does
 * not depend on the number of threads. That happens inside the functions below
 * that are said to collect.
 */
#ifndef CONVERT_DISPATCH_H
#define CONVERT_DISPATCH_H

#include "convert/worker.h"
#include "stage/writer.h"
#include "util/digest_thread.h"

struct dispatch;

/* All pointers are borrowed. */
struct dispatch_options {
	const struct worker_options *worker;
	unsigned threads;
	struct digest_thread *digest; /* of the bytes of jobs; or NULL */
	struct writer *out;           /* digests the lines of jobs */
	/* Collect the results of a job that has not failed. */
	enum rc (*collect)(void *ctx, struct job *j, struct err *e);
	void *ctx;
};

enum rc dispatch_create(
    struct dispatch **dp, const struct dispatch_options *o, struct err *e);

/* Results that were not collected are lost. Takes NULL. */
void dispatch_destroy(struct dispatch *d);

/* An idle job. Jobs that are done are collected first; if none is idle, the
 * oldest one is waited for and collected. */
enum rc dispatch_idle_job(struct dispatch *d, struct job **j, struct err *e);

/* A job that was not submitted is idle again. */
void dispatch_return_job(struct dispatch *d, const struct job *j);

void dispatch_submit(struct dispatch *d, struct job *j);

/* Collect all jobs that were submitted. */
enum rc dispatch_drain(struct dispatch *d, struct err *e);

/* The templates that the workers have seen so far, and those that were added to
 * this catalog before. It is d's; no job may be out. */
enum rc dispatch_templates(
    struct dispatch *d, struct template_catalog **all, struct err *e);

#endif
