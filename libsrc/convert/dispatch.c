/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "convert/dispatch.h"
#include "util/pool.h"

#define JOBS_PER_THREAD 2U
#define JOBS_FOR_DIGESTS 2U

struct dispatch {
	struct dispatch_options o;
	struct pool *pool;
	void **workers; /* array of struct worker */
	struct job *jobs;
	size_t n_jobs;
	size_t *idle; /* ring of the indexes of idle jobs, longest idle first */
	size_t first_idle;
	size_t n_idle;
	/* Group of jobs of small sources that is not full yet. */
	struct job *group; /* first job of the group; NULL: there is no group */
	size_t n_group;    /* number of jobs of the group */
	bool doubtful;     /* a job of the group is doubtful */
	size_t used;       /* number of bytes of the group's buffer in use */
	/* Group whose digests are made, to find out which jobs are converted;
	 * NULL: none. It is the newest in the pool. */
	struct job *unsettled;
	/* Templates of all jobs collected so far, see dispatch_templates(). */
	struct template_catalog *templates;
};

/* --- jobs ----------------------------------------------------------------- */

void
dispatch_return_job(struct dispatch *d, const struct job *j)
{
	d->idle[(d->first_idle + d->n_idle++) % d->n_jobs] =
	    (size_t)(j - d->jobs);
}

void
dispatch_submit(struct dispatch *d, struct job *j)
{
	j->pool = d->pool;
	pool_submit(d->pool, j);
}

/* Collect a job that is done. If it has many lines, they are written before the
 * next job is collected, so that their memory is free. */
static enum rc
collect_job(struct dispatch *d, struct job *j, struct err *e)
{
	enum rc rc = RC_OK;

	if (j->failed) {
		*e = j->err;
		rc = e->rc;
	}
	if (rc == RC_OK)
		rc = d->o.collect(d->o.ctx, j, e);
	if (rc == RC_OK && j->out.text.n > JOB_LINES_AHEAD) {
		rc = writer_wait(d->o.out, j->written, e);
		job_trim(j);
	}
	return rc;
}

/* Find out which jobs of a group are copies, after its digests were made. If
 * others are left, submit the group again to convert them. */
static enum rc
settle(struct dispatch *d, struct job *first, bool *again, struct err *e)
{
	enum rc rc = RC_OK;

	d->unsettled = NULL;
	first->digests_only = false;
	for (size_t i = 0; rc == RC_OK && i <= first->n_others; i++) {
		struct job *const j = i == 0 ? first : &first->others[i - 1];
		bool copy = false;
		if (j->failed) {
			*e = j->err;
			return e->rc;
		}
		rc = d->o.settle(d->o.ctx, j, &copy, e);
		if (copy)
			j->n_pieces = 0;
		*again = *again || !copy;
	}
	if (rc == RC_OK && *again)
		pool_submit(d->pool, first);
	return rc;
}

/* Wait for the oldest submitted job, and collect it and its group. */
static enum rc
collect(struct dispatch *d, struct err *e)
{
	struct job *const j = pool_take(d->pool);
	bool again = false;
	enum rc rc = RC_OK;

	if (j->digests_only)
		rc = settle(d, j, &again, e);
	if (rc != RC_OK || again)
		return rc;
	dispatch_return_job(d, j);
	rc = collect_job(d, j, e);
	for (size_t i = 0; rc == RC_OK && i < j->n_others; i++) {
		struct job *const other = &j->others[i];
		rc = collect_job(d, other, e);
		if (other->written > j->written)
			j->written = other->written;
	}
	return rc;
}

static enum rc
settle_last(struct dispatch *d, struct err *e)
{
	enum rc rc = RC_OK;

	while (rc == RC_OK && d->unsettled != NULL)
		rc = collect(d, e);
	return rc;
}

/* Submit the group, if there is one. */
static enum rc
submit_group(struct dispatch *d, struct err *e)
{
	struct job *const first = d->group;

	d->group = NULL;
	if (first == NULL)
		return RC_OK;
	if (d->n_group == 0) {
		dispatch_return_job(d, first);
		return RC_OK;
	}
	const enum rc rc = settle_last(d, e);
	if (rc != RC_OK)
		return rc;
	first->n_others = d->n_group - 1;
	first->digests_only = d->doubtful;
	if (d->doubtful)
		d->unsettled = first;
	pool_submit(d->pool, first);
	return RC_OK;
}

/* The bytes and lines of an idle job may not be digested yet. The job that has
 * been idle for the longest time is used first, because its digests are most
 * likely done. */
static enum rc
idle_job(struct dispatch *d, struct job **j, struct err *e)
{
	enum rc rc = RC_OK;

	while (rc == RC_OK && (d->n_idle == 0 || pool_ready(d->pool)))
		rc = collect(d, e);
	if (rc != RC_OK)
		return rc;
	*j = &d->jobs[d->idle[d->first_idle++ % d->n_jobs]];
	d->n_idle--;
	rc = writer_wait(d->o.out, (*j)->written, e);
	if (rc == RC_OK && d->o.digest != NULL)
		rc = digest_thread_wait(d->o.digest, (*j)->read, e);
	job_trim(*j);
	for (size_t i = 0; i < (*j)->n_others; i++)
		job_trim(&(*j)->others[i]);
	(*j)->n_others = 0;
	(*j)->whole = 0;
	return rc;
}

enum rc
dispatch_idle_job(struct dispatch *d, struct job **j, struct err *e)
{
	enum rc rc = submit_group(d, e);

	if (rc == RC_OK)
		rc = settle_last(d, e);
	return rc == RC_OK ? idle_job(d, j, e) : rc;
}

enum rc
dispatch_small_job(struct dispatch *d, size_t n, struct job **j, struct err *e)
{
	enum rc rc = RC_OK;

	if (n > JOB_ROOM - d->used || d->n_group == JOB_GROUP_MAX)
		rc = submit_group(d, e);
	if (rc != RC_OK)
		return rc;
	if (d->group == NULL) {
		d->n_group = 0;
		d->doubtful = false;
		d->used = 0;
		rc = idle_job(d, j, e);
		if (rc == RC_OK)
			d->group = *j;
		return rc;
	}
	*j = d->group;
	if (d->n_group == 0)
		return RC_OK;
	rc = job_other(d->group, d->n_group - 1, j, e);
	if (rc == RC_OK)
		(*j)->bytes = d->group->bytes + d->used;
	return rc;
}

void
dispatch_submit_small(struct dispatch *d, struct job *j, size_t n)
{
	j->pool = d->pool;
	d->n_group++;
	d->doubtful = d->doubtful || j->doubtful;
	d->used += (n + JOB_PAGE - 1) / JOB_PAGE * JOB_PAGE;
}

enum rc
dispatch_drain(struct dispatch *d, struct err *e)
{
	enum rc rc = submit_group(d, e);

	while (rc == RC_OK && pool_out(d->pool) != 0)
		rc = collect(d, e);
	return rc;
}

enum rc
dispatch_templates(
    struct dispatch *d, struct template_catalog **all, struct err *e)
{
	if (d->templates == NULL &&
	    template_catalog_create(&d->templates, e) != RC_OK)
		return e->rc;
	*all = d->templates;
	/* If memory is exhausted, the catalog only marks itself as full. */
	errno = 0;
	for (unsigned i = 0; i < d->o.threads; i++)
		template_catalog_merge(
		    d->templates, worker_catalog(d->workers[i]));
	return errno == ENOMEM ? err_nomem(e) : RC_OK;
}

/* --- start and end -------------------------------------------------------- */

enum rc
dispatch_create(
    struct dispatch **dp, const struct dispatch_options *o, struct err *e)
{
	struct dispatch *const d = calloc(1, sizeof(*d));
	enum rc rc = RC_OK;

	*dp = d;
	if (d == NULL)
		return err_nomem(e);
	d->o = *o;
	d->n_jobs =
	    o->threads == 1 ? 1 : (size_t)o->threads * JOBS_PER_THREAD + 1;
	/* The digest thread may still read the bytes of earlier jobs
	 * (util/digest_thread.h). The workers should not wait for it. */
	if (o->digest != NULL)
		d->n_jobs += JOBS_FOR_DIGESTS;
	d->workers = calloc(o->threads, sizeof(*d->workers));
	d->jobs = calloc(d->n_jobs, sizeof(*d->jobs));
	d->idle = calloc(d->n_jobs, sizeof(*d->idle));
	if (d->workers == NULL || d->jobs == NULL || d->idle == NULL)
		return err_nomem(e);
	for (unsigned i = 0; rc == RC_OK && i < o->threads; i++) {
		struct worker *w;
		rc = worker_create(&w, o->worker, e);
		d->workers[i] = w;
	}
	for (size_t i = 0; rc == RC_OK && i < d->n_jobs; i++) {
		rc = job_init(&d->jobs[i], e);
		dispatch_return_job(d, &d->jobs[i]);
	}
	const struct pool_options po = {
		.threads = o->threads,
		.slots = d->n_jobs,
		.workers = d->workers,
		.work = worker_run,
	};
	return rc == RC_OK ? pool_create(&d->pool, &po, e) : rc;
}

void
dispatch_destroy(struct dispatch *d)
{
	struct err e;

	if (d == NULL)
		return;
	/* End the threads first: they use what is freed below. If digesting
	 * lines failed, that is reported when their segment is closed. */
	pool_destroy(d->pool);
	(void)writer_wait(d->o.out, writer_mark(d->o.out), &e);
	for (size_t i = 0; d->jobs != NULL && i < d->n_jobs; i++) {
		if (d->o.digest != NULL)
			(void)digest_thread_wait(
			    d->o.digest, d->jobs[i].read, &e);
		job_free(&d->jobs[i]);
	}
	for (unsigned i = 0; d->workers != NULL && i < d->o.threads; i++)
		worker_destroy(d->workers[i]);
	free(d->workers);
	free(d->jobs);
	free(d->idle);
	template_catalog_destroy(d->templates);
	free(d);
}
