/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <time.h>

#include "tests/unit/helper.h"
#include "util/pool.h"

#define THREADS_MAX 8U
#define JOBS 300U

struct counter {
	unsigned done; /* used by its own thread only */
};

struct task {
	unsigned number;
	unsigned delay; /* microseconds */
	unsigned square;
	bool ran;
};

static struct counter counters[THREADS_MAX];
static void *workers[THREADS_MAX];
static struct task tasks[JOBS];

static void
work(void *worker, void *job)
{
	struct task *const t = job;
	const struct timespec pause = { 0, (long)t->delay * 1000 };

	if (t->delay != 0)
		(void)nanosleep(&pause, NULL);
	t->square = t->number * t->number;
	t->ran = true;
	((struct counter *)worker)->done++;
}

static struct pool *
make(unsigned threads, size_t slots)
{
	const struct pool_options o = { .threads = threads,
		.slots = slots,
		.workers = workers,
		.work = work };
	struct pool *p;
	struct err e;

	memset(counters, 0, sizeof(counters));
	memset(tasks, 0, sizeof(tasks));
	for (unsigned i = 0; i < THREADS_MAX; i++)
		workers[i] = &counters[i];
	for (unsigned i = 0; i < JOBS; i++)
		tasks[i].number = i;
	assert_ok(pool_create(&p, &o, &e));
	return p;
}

static void
take_next(struct pool *p, unsigned *taken)
{
	const struct task *const t = pool_take(p);

	assert_ptr_equal(t, &tasks[*taken]);
	assert_true(t->ran);
	assert_int_equal(t->square, *taken * *taken);
	*taken += 1;
}

static void
order_is_kept(unsigned threads, size_t slots)
{
	struct pool *const p = make(threads, slots);
	unsigned taken = 0;
	unsigned done = 0;

	for (unsigned i = 0; i < JOBS; i++) {
		tasks[i].delay = dice(4) == 0 ? dice(1500) : 0;
		if (pool_out(p) == slots)
			take_next(p, &taken);
		pool_submit(p, &tasks[i]);
		assert_int_equal(pool_out(p), i + 1 - taken);
	}
	while (pool_out(p) != 0)
		take_next(p, &taken);
	assert_int_equal(taken, JOBS);
	pool_destroy(p);
	for (unsigned i = 0; i < threads; i++)
		done += counters[i].done;
	assert_int_equal(done, JOBS);
}

static void
one_thread_keeps_the_order(void **state)
{
	(void)state;
	order_is_kept(1, 1);
	order_is_kept(1, 4);
}

static void
many_threads_keep_the_order(void **state)
{
	(void)state;
	order_is_kept(2, 1);
	order_is_kept(2, 5);
	order_is_kept(8, 17);
	order_is_kept(8, 3);
}

static void
one_thread_is_no_thread(void **state)
{
	struct pool *const p = make(1, 2);

	(void)state;
	pool_submit(p, &tasks[0]);
	assert_true(tasks[0].ran);
	assert_int_equal(counters[0].done, 1);
	pool_destroy(p);
}

static void
a_slow_first_job_does_not_stop_the_others(void **state)
{
	struct pool *const p = make(2, 8);

	(void)state;
	tasks[0].delay = 50000;
	for (unsigned i = 0; i < 8; i++)
		pool_submit(p, &tasks[i]);
	unsigned taken = 0;
	take_next(p, &taken);
	/* While the first slept, the other thread did its share. */
	for (unsigned i = 1; i < 8; i++)
		take_next(p, &taken);
	assert_int_equal(counters[0].done + counters[1].done, 8);
	assert_true(counters[0].done > 0 && counters[1].done > 0);
	pool_destroy(p);
}

static void
destroy_drops_what_waits(void **state)
{
	struct pool *const p = make(2, 100);
	unsigned ran = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		tasks[i].delay = 5000;
		pool_submit(p, &tasks[i]);
	}
	pool_destroy(p);
	for (unsigned i = 0; i < 100; i++) {
		if (tasks[i].ran)
			ran++;
	}
	/* All of it would take a quarter of a second. */
	assert_true(ran < 100);
	assert_int_equal(counters[0].done + counters[1].done, ran);
}

static void
an_idle_pool_ends(void **state)
{
	(void)state;
	pool_destroy(make(8, 4));
	pool_destroy(make(1, 1));
	pool_destroy(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_thread_keeps_the_order),
		cmocka_unit_test(many_threads_keep_the_order),
		cmocka_unit_test(one_thread_is_no_thread),
		cmocka_unit_test(a_slow_first_job_does_not_stop_the_others),
		cmocka_unit_test(destroy_drops_what_waits),
		cmocka_unit_test(an_idle_pool_ends),
	};

	return RUN(tests);
}
