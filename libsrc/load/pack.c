/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>

#include "http/transport.h"
#include "load/pack.h"
#include "load/stamp.h"
#include "util/gzip.h"
#include "util/pool.h"

#define THREADS_MAX 2
#define GZIP_LEVEL 1

struct worker {
	const struct load *load;
	struct gzip *gzip;
	struct buf plain;  /* the body, read and framed in place */
	struct buf packed; /* room for the worst case */
};

struct pack {
	struct worker worker[THREADS_MAX];
	void *workers[THREADS_MAX];
	unsigned threads;
	const struct transport *transport;
	struct http *http;
	struct pool *pool;
};

static enum rc
build(struct worker *w, struct pack_job *job)
{
	const struct sink_remote *const sink = w->load->sink->remote;
	const size_t before = strlen(sink->before);

	buf_cut(&w->plain, 0);
	buf_cut(&w->packed, 0);
	buf_str(&w->plain, sink->before);
	enum rc rc = load_read(w->load, job->batch, &w->plain, &job->e);
	if (rc != RC_OK)
		return rc;
	if (job->batch->stamp != 0)
		stamp_lines(w->plain.p + before, w->plain.n - before,
		    job->batch->stamp);
	sink->frame(w->plain.p + before, w->plain.n - before);
	job->plain = w->plain.n;
	rc = gzip_pack(w->gzip, buf_span(&w->plain), &w->packed, &job->e);
	if (rc != RC_OK)
		return rc;
	buf_cut(job->body, 0);
	buf_put(job->body, buf_span(&w->packed));
	return job->body->full
		   ? buf_fail(job->body, "the body of a request", &job->e)
		   : RC_OK;
}

static void
work(void *worker, void *job)
{
	struct pack_job *const j = job;

	j->rc = build(worker, j);
}

static void
wake(void *arg)
{
	const struct pack *const p = arg;

	p->transport->wake(p->http);
}

static enum rc
make_worker(struct worker *w, const struct load *load, struct err *e)
{
	const size_t max = load->sink->max_bytes + 2;

	w->load = load;
	buf_init(&w->plain, max);
	buf_init(&w->packed, max + max / 8 + 4096);
	return gzip_create(GZIP_LEVEL, &w->gzip, e);
}

enum rc
pack_create(const struct load *load, struct http *http, size_t slots,
    struct pack **pp, struct err *e)
{
	struct pack *const p = calloc(1, sizeof(*p));
	enum rc rc = RC_OK;

	*pp = p;
	if (p == NULL)
		return err_nomem(e);
	assert(load->outside->packers <= THREADS_MAX);
	p->threads = load->outside->packers;
	p->transport = load->outside->transport;
	p->http = http;
	for (size_t i = 0; rc == RC_OK && i < p->threads; i++) {
		p->workers[i] = &p->worker[i];
		rc = make_worker(&p->worker[i], load, e);
	}
	const struct pool_options o = { .threads = p->threads,
		.slots = slots,
		.workers = p->workers,
		.work = work,
		.done = wake,
		.arg = p };
	if (rc == RC_OK)
		rc = pool_create(&p->pool, &o, e);
	if (rc != RC_OK) {
		pack_destroy(p);
		*pp = NULL;
	}
	return rc;
}

void
pack_destroy(struct pack *p)
{
	if (p == NULL)
		return;
	pool_destroy(p->pool);
	for (size_t i = 0; i < p->threads; i++) {
		gzip_destroy(p->worker[i].gzip);
		buf_reset(&p->worker[i].plain);
		buf_reset(&p->worker[i].packed);
	}
	free(p);
}

void
pack_give(struct pack *p, struct pack_job *job)
{
	pool_submit(p->pool, job);
}

struct pack_job *
pack_take(struct pack *p)
{
	return pool_ready(p->pool) ? pool_take(p->pool) : NULL;
}
