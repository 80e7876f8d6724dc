/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The jobs of a run and the threads that process them. A job is idle, is filled
 * by the caller, is processed by a worker, or is done and waits until its
 * results are collected. Results are collected by a function of the caller, in
 * the caller's thread and in the order in which jobs were submitted, so the
 * output does not depend on the number of threads. dispatch_idle_job() and
 * dispatch_drain() collect results.
 */
#ifndef CONVERT_DISPATCH_H
#define CONVERT_DISPATCH_H

#include "convert/worker.h"
#include "stage/writer.h"
#include "util/digest_thread.h"

struct dispatch;

/* Options of dispatch_create(); all pointers are borrowed. */
struct dispatch_options {
	const struct worker_options *worker;
	unsigned threads;
	/* Thread that digests the bytes of jobs; NULL: no digests. */
	struct digest_thread *digest;
	struct writer *out; /* writer that digests the lines of jobs */
	/* Collect the results of a job that has not failed. */
	enum rc (*collect)(void *ctx, struct job *j, struct err *e);
	/* Find out if a small source is a copy; only its digest was made. The
	 * results of all earlier jobs were collected, and this function was
	 * called for the earlier jobs of its group. Copies are not converted.
	 * May be NULL if no job is doubtful. */
	enum rc (*settle)(void *ctx, struct job *j, bool *copy, struct err *e);
	void *ctx;
};

enum rc dispatch_create(
    struct dispatch **dp, const struct dispatch_options *o, struct err *e);

/* Discards results that were not collected. Takes NULL. */
void dispatch_destroy(struct dispatch *d);

/* Get an idle job. First collects the jobs that are done; if no job is idle,
 * waits for the oldest one and collects it. */
enum rc dispatch_idle_job(struct dispatch *d, struct job **j, struct err *e);

/* Make a job from dispatch_idle_job() idle again instead of submitting it. */
void dispatch_return_job(struct dispatch *d, const struct job *j);

void dispatch_submit(struct dispatch *d, struct job *j);

/*
 * Small sources: their jobs are submitted in groups (convert/job.h). If a job
 * of a group is doubtful, first only the digests are made, while the caller
 * fills the next group.
 *
 * Get a job whose buffer has room for n bytes, at most JOB_ROOM. It may be
 * dropped: it need not be submitted. A submitted job waits for others until its
 * group is full, or until another function of dispatch needs or gets a job.
 */
enum rc dispatch_small_job(
    struct dispatch *d, size_t n, struct job **j, struct err *e);
void dispatch_submit_small(struct dispatch *d, struct job *j, size_t n);

/* Wait for all jobs that were submitted, and collect them. */
enum rc dispatch_drain(struct dispatch *d, struct err *e);

/* The catalog of all templates that the workers have seen so far, and that the
 * caller has added to it. Owned by d. No job may be in progress. */
enum rc dispatch_templates(
    struct dispatch *d, struct template_catalog **all, struct err *e);

#endif
