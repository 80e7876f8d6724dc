/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>

#include <pthread.h>

#include "util/pool.h"

struct slot {
	void *job;
	bool done;
};

struct thread {
	struct pool *pool;
	void *worker;
	pthread_t id;
};

/* Jobs are numbered from 0 in the order of submission. The pool contains the
 * jobs from `oldest` up to and without `newest`; job i is in slot i % slots. */
struct pool {
	struct pool_options o;
	struct thread *threads;
	unsigned running; /* number of threads that were started */
	struct slot *slot;

	/* Members that only the owner uses: */
	size_t oldest;
	size_t newest;

	/* Protected by the lock; so is slot[].done. */
	pthread_mutex_t lock;
	pthread_cond_t work_there;
	pthread_cond_t work_done;
	pthread_cond_t work_taken;
	size_t submitted; /* copy of `newest` for the threads */
	size_t started;   /* number of the next job that a thread starts */
	size_t taken;     /* number of jobs that pool_take() has returned */
	const struct slot *awaited; /* slot that pool_take() waits for; NULL:
				       it does not wait */
	bool stop;
};

/* Mark the job of a slot as done. The owner is woken only if it waits for that
 * job, and after the lock is free: otherwise it would have to wait again. */
static void
finish(struct pool *p, struct slot *s)
{
	(void)pthread_mutex_lock(&p->lock);
	s->done = true;
	const bool awaited = p->awaited == s;
	(void)pthread_mutex_unlock(&p->lock);
	if (awaited)
		(void)pthread_cond_signal(&p->work_done);
	if (p->o.done != NULL)
		p->o.done(p->o.arg);
}

/* Wait for the next job. NULL: the thread must end. */
static struct slot *
next(struct pool *p)
{
	struct slot *s = NULL;

	(void)pthread_mutex_lock(&p->lock);
	while (!p->stop && p->started == p->submitted)
		(void)pthread_cond_wait(&p->work_there, &p->lock);
	if (!p->stop)
		s = &p->slot[p->started++ % p->o.slots];
	(void)pthread_mutex_unlock(&p->lock);
	return s;
}

static void *
run(void *arg)
{
	const struct thread *const t = arg;
	struct pool *const p = t->pool;

	for (struct slot *s = next(p); s != NULL; s = next(p)) {
		p->o.work(t->worker, s->job);
		finish(p, s);
	}
	return NULL;
}

enum rc
pool_create(struct pool **pp, const struct pool_options *o, struct err *e)
{
	struct pool *const p = calloc(1, sizeof(*p));

	*pp = NULL;
	if (p == NULL)
		return err_nomem(e);
	p->o = *o;
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->work_there, NULL);
	(void)pthread_cond_init(&p->work_done, NULL);
	(void)pthread_cond_init(&p->work_taken, NULL);
	p->threads = calloc(o->threads, sizeof(*p->threads));
	p->slot = calloc(o->slots, sizeof(*p->slot));
	enum rc rc =
	    p->threads == NULL || p->slot == NULL ? err_nomem(e) : RC_OK;
	/* With one thread and without `apart`, the owner runs the jobs. */
	const unsigned n = o->threads == 1 && !o->apart ? 0 : o->threads;
	while (rc == RC_OK && p->running < n) {
		struct thread *const t = &p->threads[p->running];
		t->pool = p;
		t->worker = o->workers[p->running];
		if (pthread_create(&t->id, NULL, run, t) == 0)
			p->running++;
		else
			rc = err_set(e, RC_FATAL, WHY_SYSTEM,
			    "cannot start thread %u of %u", p->running + 1,
			    o->threads);
	}
	if (rc != RC_OK) {
		pool_destroy(p);
		return rc;
	}
	*pp = p;
	return RC_OK;
}

void
pool_destroy(struct pool *p)
{
	if (p == NULL)
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->stop = true;
	(void)pthread_cond_broadcast(&p->work_there);
	(void)pthread_cond_broadcast(&p->work_taken);
	(void)pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->running; i++)
		(void)pthread_join(p->threads[i].id, NULL);
	(void)pthread_cond_destroy(&p->work_there);
	(void)pthread_cond_destroy(&p->work_done);
	(void)pthread_cond_destroy(&p->work_taken);
	(void)pthread_mutex_destroy(&p->lock);
	free(p->threads);
	free(p->slot);
	free(p);
}

size_t
pool_out(const struct pool *p)
{
	return p->newest - p->oldest;
}

void
pool_submit(struct pool *p, void *job)
{
	struct slot *const s = &p->slot[p->newest % p->o.slots];

	assert(pool_out(p) < p->o.slots);
	s->job = job;
	p->newest++;
	if (p->running == 0) {
		p->o.work(p->o.workers[0], job);
		return;
	}
	(void)pthread_mutex_lock(&p->lock);
	s->done = false;
	p->submitted = p->newest;
	(void)pthread_mutex_unlock(&p->lock);
	/* The thread that wakes up needs the lock. */
	(void)pthread_cond_signal(&p->work_there);
}

bool
pool_ready(struct pool *p)
{
	const struct slot *const s = &p->slot[p->oldest % p->o.slots];

	if (pool_out(p) == 0)
		return false;
	if (p->running == 0)
		return true;
	(void)pthread_mutex_lock(&p->lock);
	const bool done = s->done;
	(void)pthread_mutex_unlock(&p->lock);
	return done;
}

void *
pool_take(struct pool *p)
{
	struct slot *const s = &p->slot[p->oldest % p->o.slots];

	assert(pool_out(p) > 0);
	p->oldest++;
	if (p->running == 0)
		return s->job;
	(void)pthread_mutex_lock(&p->lock);
	p->awaited = s;
	while (!s->done)
		(void)pthread_cond_wait(&p->work_done, &p->lock);
	p->awaited = NULL;
	p->taken++;
	(void)pthread_mutex_unlock(&p->lock);
	(void)pthread_cond_broadcast(&p->work_taken);
	return s->job;
}

void
pool_wait_turn(struct pool *p, const void *job)
{
	if (p->running == 0)
		return;
	(void)pthread_mutex_lock(&p->lock);
	while (!p->stop && p->slot[p->taken % p->o.slots].job != job)
		(void)pthread_cond_wait(&p->work_taken, &p->lock);
	(void)pthread_mutex_unlock(&p->lock);
}
