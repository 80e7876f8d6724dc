/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "util/digest_thread.h"
#include "util/pool.h"

#define SLOTS 16U
#define SMALL 16384U /* bytes below which no thread is woken */

struct digest_thread {
	struct digest *digest; /* used by the thread while bytes are pending */
	struct pool *pool;
	struct span piece[SLOTS];
	uint64_t added; /* pieces added so far */
	struct err
	    err; /* the first failure; used by the thread, like the digest */
	void *worker;
};

static void
add(void *worker, void *job)
{
	struct digest_thread *const h = worker;
	const struct span *const s = job;

	if (h->err.rc == RC_OK)
		(void)digest_add(h->digest, *s, &h->err);
}

enum rc
digest_thread_create(struct digest_thread **hp, struct err *e)
{
	struct digest_thread *const h = calloc(1, sizeof(*h));

	*hp = NULL;
	if (h == NULL)
		return err_nomem(e);
	h->worker = h;
	const struct pool_options o = {
		.threads = 1,
		.apart = true,
		.slots = SLOTS,
		.workers = &h->worker,
		.work = add,
	};
	enum rc rc = digest_create(&h->digest, e);
	if (rc == RC_OK)
		rc = pool_create(&h->pool, &o, e);
	if (rc != RC_OK) {
		digest_thread_destroy(h);
		return rc;
	}
	*hp = h;
	return RC_OK;
}

void
digest_thread_destroy(struct digest_thread *h)
{
	if (h == NULL)
		return;
	pool_destroy(h->pool);
	digest_destroy(h->digest);
	free(h);
}

enum rc
digest_thread_restart(struct digest_thread *h, struct err *e)
{
	while (pool_out(h->pool) != 0)
		(void)pool_take(h->pool);
	err_clear(&h->err);
	return digest_restart(h->digest, e);
}

enum rc
digest_thread_save(
    struct digest_thread *h, struct digest_state *state, struct err *e)
{
	const enum rc rc = digest_thread_wait(h, h->added, e);

	if (rc == RC_OK)
		digest_save(h->digest, state);
	return rc;
}

enum rc
digest_thread_restore(
    struct digest_thread *h, const struct digest_state *state, struct err *e)
{
	const enum rc rc = digest_thread_restart(h, e);

	if (rc == RC_OK)
		digest_restore(h->digest, state);
	return rc;
}

uint64_t
digest_thread_add(struct digest_thread *h, struct span s)
{
	struct span *const piece = &h->piece[h->added % SLOTS];

	if (pool_out(h->pool) == SLOTS)
		(void)pool_take(h->pool);
	*piece = s;
	if (pool_out(h->pool) == 0 && s.n < SMALL)
		add(h, piece);
	else {
		pool_submit(h->pool, piece);
		h->added++;
	}
	return h->added;
}

enum rc
digest_thread_wait(struct digest_thread *h, uint64_t mark, struct err *e)
{
	while (h->added - pool_out(h->pool) < mark)
		(void)pool_take(h->pool);
	/* The thread may write err while bytes are pending. */
	if (pool_out(h->pool) != 0 || h->err.rc == RC_OK)
		return RC_OK;
	*e = h->err;
	return e->rc;
}

enum rc
digest_thread_final_hex(
    struct digest_thread *h, char out[DIGEST_HEX], struct err *e)
{
	const enum rc rc = digest_thread_wait(h, h->added, e);

	return rc == RC_OK ? digest_final_hex(h->digest, out, e) : rc;
}
