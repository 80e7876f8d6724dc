/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>

#include "http/transport.h"
#include "load/arrival_time.h"
#include "load/compress.h"
#include "util/gzip.h"
#include "util/pool.h"

#define THREADS_MAX 2
#define GZIP_LEVEL 1

struct worker {
	const struct session *session;
	struct gzip *gzip;
	struct buf plain; /* uncompressed body of the batch */
	/* Compressed body, with room for the worst case. */
	struct buf compressed;
};

struct compress {
	struct worker worker[THREADS_MAX];
	void *workers[THREADS_MAX];
	unsigned threads;
	const struct transport *transport;
	struct http *http;
	struct pool *pool;
};

/* Make the body of a batch; called by the pool. */
static void
make_body(void *worker, void *arg)
{
	struct worker *const w = worker;
	struct compress_job *const job = arg;
	const struct sink_remote *const sink = w->session->sink->remote;
	const struct batch *const b = job->batch;

	buf_cut(&w->plain, 0);
	buf_cut(&w->compressed, 0);
	buf_str(&w->plain, sink->before);
	const size_t before = w->plain.n;
	job->rc = session_read_batch(w->session, b, &w->plain, &job->e);
	if (job->rc != RC_OK)
		return;
	uint8_t *const lines = w->plain.p + before;
	if (b->stamp != 0)
		arrival_time_write(lines, w->plain.n - before, b->stamp);
	sink->frame(lines, w->plain.n - before);
	job->plain = w->plain.n;
	job->rc =
	    gzip_pack(w->gzip, buf_span(&w->plain), &w->compressed, &job->e);
	if (job->rc != RC_OK)
		return;
	buf_cut(job->body, 0);
	buf_put(job->body, buf_span(&w->compressed));
	if (job->body->full)
		job->rc = buf_fail(job->body, "the body of a request", &job->e);
}

static void
wake_http(void *arg)
{
	const struct compress *const c = arg;

	c->transport->wake(c->http);
}

enum rc
compress_create(const struct session *s, struct http *http, size_t slots,
    struct compress **cp, struct err *e)
{
	const size_t max = s->sink->max_bytes + 2;
	struct compress *const c = calloc(1, sizeof(*c));
	enum rc rc = RC_OK;

	*cp = c;
	if (c == NULL)
		return err_nomem(e);
	assert(s->environment->compressors <= THREADS_MAX);
	c->threads = s->environment->compressors;
	c->transport = s->environment->transport;
	c->http = http;
	for (size_t i = 0; rc == RC_OK && i < c->threads; i++) {
		struct worker *const w = &c->worker[i];
		c->workers[i] = w;
		w->session = s;
		buf_init(&w->plain, max);
		buf_init(&w->compressed, max + max / 8 + 4096);
		rc = gzip_create(GZIP_LEVEL, &w->gzip, e);
	}
	const struct pool_options o = { .threads = c->threads,
		.slots = slots,
		.workers = c->workers,
		.work = make_body,
		.done = wake_http,
		.arg = c };
	if (rc == RC_OK)
		rc = pool_create(&c->pool, &o, e);
	if (rc != RC_OK) {
		compress_destroy(c);
		*cp = NULL;
	}
	return rc;
}

void
compress_destroy(struct compress *c)
{
	if (c == NULL)
		return;
	pool_destroy(c->pool);
	for (size_t i = 0; i < c->threads; i++) {
		gzip_destroy(c->worker[i].gzip);
		buf_reset(&c->worker[i].plain);
		buf_reset(&c->worker[i].compressed);
	}
	free(c);
}

void
compress_submit(struct compress *c, struct compress_job *job)
{
	pool_submit(c->pool, job);
}

struct compress_job *
compress_finished(struct compress *c)
{
	return pool_ready(c->pool) ? pool_take(c->pool) : NULL;
}
