/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "stage/check_segments.h"
#include "stage/segment_pair.h"
#include "util/pool.h"

/* Two consecutive segments, or the last one alone. */
struct couple {
	size_t first;
	size_t n;
	struct segment_file file[2];
	struct err result[2];
};

struct checker {
	unsigned threads;
	struct segment_pair **pairs; /* array with the buffers of each thread */
	void **workers; /* the pointers in `pairs`, as the pool needs them */
	struct couple *couples; /* array with a job for each slot of the pool */
	size_t slots;
	struct pool *pool;
};

static void
work(void *worker, void *job)
{
	struct couple *const c = job;

	segment_pair_check(worker, c->file, c->n, c->result);
}

static enum rc
start(struct checker *k, struct err *e)
{
	enum rc rc = RC_OK;

	k->slots = (size_t)k->threads + 1;
	k->pairs = calloc(k->threads, sizeof(*k->pairs));
	k->workers = calloc(k->threads, sizeof(*k->workers));
	k->couples = calloc(k->slots, sizeof(*k->couples));
	if (k->pairs == NULL || k->workers == NULL || k->couples == NULL)
		return err_nomem(e);
	for (unsigned i = 0; rc == RC_OK && i < k->threads; i++) {
		rc = segment_pair_create(&k->pairs[i], e);
		k->workers[i] = k->pairs[i];
	}
	const struct pool_options o = {
		.threads = k->threads,
		.slots = k->slots,
		.workers = k->workers,
		.work = work,
	};
	return rc == RC_OK ? pool_create(&k->pool, &o, e) : rc;
}

static void
end(struct checker *k)
{
	pool_destroy(k->pool);
	for (unsigned i = 0; k->pairs != NULL && i < k->threads; i++)
		segment_pair_destroy(k->pairs[i]);
	free(k->pairs);
	free(k->workers);
	free(k->couples);
}

static enum rc
report_oldest(
    struct checker *k, const struct check_segments_visit *visit, struct err *e)
{
	const struct couple *const c = pool_take(k->pool);
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < c->n; i++)
		rc = visit->segment(visit->arg, c->first + i, &c->result[i], e);
	return rc;
}

enum rc
check_segments(const struct reader *r, unsigned threads,
    const struct check_segments_visit *visit, struct err *e)
{
	const size_t n = reader_count(r);
	const size_t couples = (n + 1) / 2;
	struct checker k = { .threads = couples < threads ? (unsigned)couples
							  : threads };
	enum rc rc = n == 0 ? RC_OK : start(&k, e);

	for (size_t i = 0; rc == RC_OK && i < couples; i++) {
		struct couple *const c = &k.couples[i % k.slots];
		if (pool_out(k.pool) == k.slots)
			rc = report_oldest(&k, visit, e);
		if (rc != RC_OK)
			break;
		c->first = 2 * i;
		c->n = n - c->first < 2 ? 1 : 2;
		for (size_t m = 0; m < c->n; m++)
			c->file[m] = reader_file(r, c->first + m);
		pool_submit(k.pool, c);
	}
	while (rc == RC_OK && k.pool != NULL && pool_out(k.pool) != 0)
		rc = report_oldest(&k, visit, e);
	end(&k);
	return rc;
}
