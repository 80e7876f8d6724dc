/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "load/row_time.h"
#include "load/segment_jobs.h"
#include "util/array.h"
#include "util/pool.h"

struct segment_jobs {
	struct segment_jobs_options o;
	void **workers; /* array with `jobs` itself for each thread */
	struct segment_job *slots; /* array of jobs, used in turn */
	size_t n;                  /* number of slots */
	size_t next;               /* index of the slot to be used next */
	struct pool *pool;
};

/* --- in a thread --------------------------------------------------------- */

static enum rc
put_batch(void *arg, struct batch *b, struct err *e)
{
	const struct segment_part part = { b->offset, b->length, b->records,
		b->status == BATCH_REFUSED };

	return segment_jobs_add_part(arg, &part, e);
}

static void
divide(const struct segment_jobs *j, struct segment_job *job)
{
	struct batcher batcher = { .sink = j->o.sink,
		.preflight = j->o.preflight != NULL ? &job->preflight : NULL,
		.span = j->o.span,
		.add = put_batch,
		.arg = job };

	(void)batcher_scan(
	    &batcher, job->reader, job->index, job->id, &job->result);
}

/* The rows of a job's parts that are still to be counted. */
struct count {
	struct segment_job *job;
	size_t at; /* index of the part at or after the current line */
};

static enum rc
count_line(void *arg, const struct scan_line *line, struct err *e)
{
	struct count *const c = arg;
	const struct segment_job *const job = c->job;

	(void)e;
	while (c->at < job->n && line->offset >= job->parts[c->at].offset +
						     job->parts[c->at].length)
		c->at++;
	if (c->at < job->n && line->offset >= job->parts[c->at].offset)
		preflight_count(
		    &c->job->preflight, line->text, row_time_read(line->text));
	return RC_OK;
}

static void
work(void *worker, void *arg)
{
	struct segment_job *const job = arg;
	struct count count = { .job = job };
	const struct scan_visit counted = { count_line, &count };
	const bool counts = job->work == SEGMENT_COUNT && job->n > 0;

	if (job->work == SEGMENT_NONE)
		return;
	if (job->work == SEGMENT_DIVIDE) {
		divide(worker, job);
		return;
	}
	(void)reader_scan(
	    job->reader, job->index, counts ? &counted : NULL, &job->result);
}

/* --- in the owner's thread ----------------------------------------------- */

enum rc
segment_jobs_create(struct segment_jobs **jp,
    const struct segment_jobs_options *o, struct err *e)
{
	struct segment_jobs *const j = calloc(1, sizeof(*j));

	*jp = j;
	if (j == NULL)
		return err_nomem(e);
	j->o = *o;
	if (j->o.threads == 0)
		j->o.threads = 1;
	j->n = j->o.threads == 1 ? 1 : (size_t)j->o.threads + 1;
	j->workers = calloc(j->o.threads, sizeof(*j->workers));
	j->slots = calloc(j->n, sizeof(*j->slots));
	if (j->workers == NULL || j->slots == NULL)
		return err_nomem(e);
	for (unsigned i = 0; i < j->o.threads; i++)
		j->workers[i] = j;
	const struct pool_options pool = { .threads = j->o.threads,
		.slots = j->n,
		.workers = j->workers,
		.work = work };
	return pool_create(&j->pool, &pool, e);
}

void
segment_jobs_destroy(struct segment_jobs *j)
{
	if (j == NULL)
		return;
	pool_destroy(j->pool);
	for (size_t i = 0; j->slots != NULL && i < j->n; i++)
		free(j->slots[i].parts);
	free(j->slots);
	free(j->workers);
	free(j);
}

struct segment_job *
segment_jobs_new(struct segment_jobs *j)
{
	if (pool_out(j->pool) == j->n)
		return NULL;
	struct segment_job *const job = &j->slots[j->next];
	struct segment_part *const parts = job->parts;
	const size_t room = job->room;

	*job = (struct segment_job){ .parts = parts, .room = room };
	if (j->o.preflight != NULL)
		job->preflight = *j->o.preflight;
	memset(&job->preflight.counts, 0, sizeof(job->preflight.counts));
	j->next = (j->next + 1) % j->n;
	return job;
}

enum rc
segment_jobs_add_part(
    struct segment_job *job, const struct segment_part *part, struct err *e)
{
	struct segment_part *const parts =
	    array_grow(job->parts, job->n, &job->room, sizeof(*job->parts));

	if (parts == NULL)
		return err_nomem(e);
	job->parts = parts;
	job->parts[job->n++] = *part;
	return RC_OK;
}

void
segment_jobs_submit(struct segment_jobs *j, struct segment_job *job)
{
	pool_submit(j->pool, job);
}

struct segment_job *
segment_jobs_take(struct segment_jobs *j)
{
	return pool_out(j->pool) == 0 ? NULL : pool_take(j->pool);
}

struct batch
segment_jobs_batch(const struct segment_job *job, size_t i)
{
	const struct segment_part *const p = &job->parts[i];

	return (struct batch){ .segment = job->id,
		.offset = p->offset,
		.length = p->length,
		.records = p->records,
		.status = p->refused ? BATCH_REFUSED : BATCH_PLANNED,
		.refused = p->refused };
}
