/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>

#include "util/digest_thread.h"
#include "util/pool.h"

#define SLOTS 16U /* maximum number of orders that the thread has at a time */
/* Minimum size in bytes of an order that wakes the thread. */
#define SMALL 16384U
/* Minimum size in bytes of a piece that is not left waiting. */
#define LARGE 262144U
#define SLICE (64U << 10) /* bytes that are digested before each put() */
#define WAITING_MAX 2U    /* maximum number of waiting pieces of a digest */

/* Bytes for the thread: of one digest, or of both. In the latter case both
 * spans have the same length. */
struct order {
	struct span bytes[2];
};

/* The data that the digests of a thread share. */
struct shared {
	struct digest_thread *side[2]; /* the digests; the second may be NULL */
	struct pool *pool;
	struct order order[SLOTS];
	uint64_t submitted; /* number of orders that were submitted */
	void *worker;
};

/* A digest. The counts of bytes start at its creation; only the owner uses
 * them. */
struct digest_thread {
	struct shared *shared;
	unsigned number; /* index of this digest in shared->side */
	uint64_t added;  /* bytes added; the mark of the last bytes */
	uint64_t given; /* bytes given to the thread or digested by the owner */
	uint64_t done;  /* number of bytes known to be digested */
	struct span waiting[WAITING_MAX + 1]; /* pieces that were added and not
						 given */
	size_t n_waiting;

	/* While the thread has bytes of the digest, only the thread may use
	 * these members. */
	struct digest *digest;
	struct digest_thread_options o;
	struct err err; /* first failure of the digest or of put() */
};

/* --- the thread ----------------------------------------------------------- */

/* Get the next bytes to digest, and memory for their copy if that is wanted. */
static struct digest_part
slice_of(const struct digest_thread *h, struct span left)
{
	size_t n = left.n < SLICE ? left.n : SLICE;
	uint8_t *const copy = n != 0 && h->o.room != NULL && h->err.rc == RC_OK
				  ? h->o.room(h->o.arg, &n)
				  : NULL;

	return (struct digest_part){ h->digest, span_of(left.p, n), copy };
}

/* Pass digested bytes to put(), or record why digesting them has failed. */
static void
put_slice(struct digest_thread *h, const struct digest_part *slice,
    const struct err *failed)
{
	if (slice->bytes.n == 0 || h->err.rc != RC_OK)
		return;
	if (failed->rc != RC_OK)
		h->err = *failed;
	else if (h->o.put != NULL)
		(void)h->o.put(h->o.arg,
		    span_of(slice->copy != NULL ? slice->copy : slice->bytes.p,
			slice->bytes.n),
		    &h->err);
}

/* Digest the next bytes of one digest or of both, and remove them from *left.
 * Bytes for both digests are digested at once, so they keep the same length. */
static void
add_slices(struct digest_thread *const side[2], struct order *left)
{
	const bool both = left->bytes[0].n != 0 && left->bytes[1].n != 0;
	struct digest_part slice[2];
	struct err e;

	err_clear(&e);
	for (size_t i = 0; i < 2; i++) {
		slice[i] = (struct digest_part){ .digest = NULL };
		if (left->bytes[i].n != 0)
			slice[i] = slice_of(side[i], left->bytes[i]);
	}
	if (both && slice[0].bytes.n < slice[1].bytes.n)
		slice[1].bytes.n = slice[0].bytes.n;
	if (both && slice[1].bytes.n < slice[0].bytes.n)
		slice[0].bytes.n = slice[1].bytes.n;
	if (both)
		(void)digest_add_both(slice, &e);
	else
		(void)digest_add_part(&slice[slice[0].bytes.n == 0], &e);
	for (size_t i = 0; i < 2; i++) {
		struct span *const s = &left->bytes[i];
		put_slice(side[i], &slice[i], &e);
		*s = span_skip(*s, slice[i].bytes.n);
	}
}

static void
work(void *worker, void *job)
{
	const struct shared *const t = worker;
	struct order left = *(const struct order *)job;

	while (left.bytes[0].n != 0 || left.bytes[1].n != 0)
		add_slices(t->side, &left);
}

/* --- the owner ------------------------------------------------------------ */

static void
count_done(struct shared *t, const struct order *o)
{
	for (size_t i = 0; i < 2; i++) {
		if (o->bytes[i].n != 0)
			t->side[i]->done += o->bytes[i].n;
	}
}

static void
take_oldest(struct shared *t)
{
	count_done(t, pool_take(t->pool));
}

/* Find out if the thread has no bytes of the digests that the order is for. */
static bool
digests_are_free(const struct shared *t, const struct order *o)
{
	for (size_t i = 0; i < 2; i++) {
		if (o->bytes[i].n != 0 && t->side[i]->done != t->side[i]->given)
			return false;
	}
	return true;
}

/* Give an order to the thread. If the caller `waits` for it, or if the order is
 * small and the thread is idle, digest it in this thread instead: that takes
 * less time than to wait for the orders before it. */
static void
give(struct shared *t, struct order o, bool waits)
{
	const bool here = waits ? digests_are_free(t, &o)
				: pool_out(t->pool) == 0 &&
				      o.bytes[0].n + o.bytes[1].n < SMALL;

	for (size_t i = 0; i < 2; i++) {
		if (o.bytes[i].n != 0)
			t->side[i]->given += o.bytes[i].n;
	}
	if (here) {
		work(t, &o);
		count_done(t, &o);
		return;
	}
	if (pool_out(t->pool) == SLOTS)
		take_oldest(t);
	struct order *const slot = &t->order[t->submitted++ % SLOTS];
	*slot = o;
	pool_submit(t->pool, slot);
}

/* Remove the first n waiting bytes. The first waiting piece must have that
 * many. */
static struct span
remove_waiting(struct digest_thread *h, size_t n)
{
	const struct span bytes = span_of(h->waiting[0].p, n);

	h->waiting[0] = span_skip(h->waiting[0], n);
	if (h->waiting[0].n == 0) {
		h->n_waiting--;
		for (size_t i = 0; i < h->n_waiting; i++)
			h->waiting[i] = h->waiting[i + 1];
	}
	return bytes;
}

/* Give the first waiting piece to the thread, or as much of it as can be
 * digested together with the first waiting piece of the other digest. */
static void
give_waiting(struct digest_thread *h, bool waits)
{
	struct digest_thread *const other = h->shared->side[1 - h->number];
	struct order o = { { { NULL, 0 } } };
	size_t n = h->waiting[0].n;

	/* A caller that waits must not wait for the other digest too. */
	if (other != NULL && other->n_waiting != 0 &&
	    (!waits || other->done == other->given)) {
		if (other->waiting[0].n < n)
			n = other->waiting[0].n;
		o.bytes[other->number] = remove_waiting(other, n);
	}
	o.bytes[h->number] = remove_waiting(h, n);
	give(h->shared, o, waits);
}

static void
wait_until(struct digest_thread *h, uint64_t mark)
{
	while (h->n_waiting != 0 && h->given < mark)
		give_waiting(h, true);
	while (h->done < mark)
		take_oldest(h->shared);
}

uint64_t
digest_thread_add(struct digest_thread *h, struct span s)
{
	const struct digest_thread *const other =
	    h->shared->side[1 - h->number];

	h->added += s.n;
	if (s.n == 0)
		return h->added;
	h->waiting[h->n_waiting++] = s;
	/* After a small piece, the caller often waits at once. Then it digests
	 * the pieces of both itself, which costs less than to wake the thread.
	 */
	while (
	    h->n_waiting != 0 && (other == NULL || h->n_waiting > WAITING_MAX ||
				     (other->n_waiting != 0 && s.n >= LARGE)))
		give_waiting(h, false);
	return h->added;
}

enum rc
digest_thread_wait(struct digest_thread *h, uint64_t mark, struct err *e)
{
	wait_until(h, mark);
	/* The thread may write err while it has bytes. */
	if (h->done != h->added || h->err.rc == RC_OK)
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

enum rc
digest_thread_restart(struct digest_thread *h, struct err *e)
{
	wait_until(h, h->added);
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

/* --- start and end -------------------------------------------------------- */

static enum rc
start_thread(struct digest_thread *h, struct err *e)
{
	struct shared *const t = calloc(1, sizeof(*t));

	h->shared = t;
	if (t == NULL)
		return err_nomem(e);
	t->side[0] = h;
	t->worker = t;
	const struct pool_options o = {
		.threads = 1,
		.apart = true,
		.slots = SLOTS,
		.workers = &t->worker,
		.work = work,
	};
	return pool_create(&t->pool, &o, e);
}

enum rc
digest_thread_create(struct digest_thread **hp,
    const struct digest_thread_options *o, struct err *e)
{
	struct digest_thread *const h = calloc(1, sizeof(*h));

	*hp = NULL;
	if (h == NULL)
		return err_nomem(e);
	if (o != NULL)
		h->o = *o;
	enum rc rc = digest_create(&h->digest, e);
	if (rc == RC_OK && h->o.beside == NULL) {
		rc = start_thread(h, e);
	} else if (rc == RC_OK) {
		h->shared = h->o.beside->shared;
		h->number = 1;
		assert(h->shared->side[1] == NULL);
		h->shared->side[1] = h;
	}
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
	if (h->number == 1) {
		while (h->done < h->given)
			take_oldest(h->shared);
		h->shared->side[1] = NULL;
		while (h->shared->side[0]->n_waiting != 0)
			give_waiting(h->shared->side[0], false);
	} else if (h->shared != NULL) {
		pool_destroy(h->shared->pool);
		free(h->shared);
	}
	digest_destroy(h->digest);
	free(h);
}
