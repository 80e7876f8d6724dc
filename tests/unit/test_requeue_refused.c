/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many dead letters: the work to requeue and to read them grows with their
 * number, and it can be interrupted. Work is counted in steps of SQLite's
 * virtual machine, which no other load on the machine changes.
 */
#include <stdio.h>

#include <sqlite3.h>

#include "checkpoint/batch.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/scope.h"
#include "checkpoint/totals.h"
#include "tests/unit/helper.h"

#define SEGMENT \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define STEPS 100

static char dir[TEMP_MAX];
static char file[TEMP_MAX + 16];
static char lock[TEMP_MAX + 16];
static struct err error;

static int
setup(void **state)
{
	(void)state;
	temp_make(dir);
	(void)snprintf(file, sizeof(file), "%s/state.db", dir);
	(void)snprintf(lock, sizeof(lock), "%s/lock", dir);
	return 0;
}

static int
teardown(void **state)
{
	temp_remove(dir);
	return helper_teardown(state);
}

static struct checkpoint *
open_state(void)
{
	const struct checkpoint_place where = { file, lock, "the target",
		false };
	const struct scope_staging staging = { "d1", "raw", "staging", false,
		NULL, NULL };
	struct scope_segment segment;
	struct checkpoint *s = NULL;

	assert_ok(checkpoint_open(&where, &s, &error));
	assert_ok(scope_add_staging(s, &staging, &error));
	assert_ok(scope_add_segment(s, SEGMENT, &segment, &error));
	return s;
}

/* One segment of n batches of one record each, all refused by the target. */
static struct checkpoint *
dead(uint64_t n)
{
	struct checkpoint *const s = open_state();

	assert_ok(checkpoint_begin(s, &error));
	for (uint64_t i = 0; i < n; i++) {
		struct batch b = { .segment = 1,
			.offset = 10 * i,
			.length = 10,
			.records = 1,
			.status = BATCH_REFUSED,
			.refused = 1 };
		assert_ok(batch_add(s, SEGMENT, &b, &error));
		const struct batch_refusal r = { .segment = 1,
			.offset = b.offset,
			.length = 9,
			.http = 400,
			.text = "no",
			.batch = b.id };
		assert_ok(batch_add_refusal(s, &r, &error));
	}
	assert_ok(checkpoint_commit(s, &error));
	return s;
}

static int
count_steps(void *arg)
{
	++*(uint64_t *)arg;
	return 0;
}

static enum rc
note(void *arg, uint64_t records, struct err *e)
{
	(void)e;
	*(uint64_t *)arg = records;
	return RC_OK;
}

/* What a run does with n dead letters before its first request, and for each
 * batch that it then takes. */
static uint64_t
steps_for(uint64_t n)
{
	uint64_t steps = 0;
	uint64_t requeued = 0;
	const struct batch_requeue requeue = { note, &requeued };
	struct batch b = { .id = 0 };
	uint64_t taken = 0;

	temp_make(dir);
	(void)snprintf(file, sizeof(file), "%s/state.db", dir);
	(void)snprintf(lock, sizeof(lock), "%s/lock", dir);
	checkpoint_close(dead(n));
	struct checkpoint *const s = open_state();
	sqlite3_progress_handler(checkpoint_db(s), STEPS, count_steps, &steps);
	assert_ok(checkpoint_begin(s, &error));
	assert_ok(batch_requeue_refused(s, &requeue, &error));
	assert_int_equal(requeued, n);
	for (uint64_t at = 0; at < n; at++)
		assert_ok(batch_next_of_segment(s, 1, 10 * at, &b, &error));
	b.id = 0;
	while (batch_next(s, b.id, &b, &error) == RC_OK)
		taken++;
	assert_int_equal(taken, n);
	assert_ok(checkpoint_commit(s, &error));
	checkpoint_close(s);
	temp_remove(dir);
	return steps;
}

static void
work_grows_with_their_number(void **state)
{
	(void)state;
	const uint64_t few = steps_for(500);
	const uint64_t many = steps_for(2000);

	assert_true(few > 0);
	assert_true(many < few * 5);
}

static enum rc
stop_at(void *arg, uint64_t records, struct err *e)
{
	const uint64_t *const last = arg;

	return records < *last ? RC_OK
			       : err_set(e, RC_FATAL, WHY_STOPPED, "stopped");
}

static void
requeueing_can_be_interrupted(void **state)
{
	uint64_t last = 7;
	const struct batch_requeue requeue = { stop_at, &last };
	struct checkpoint *const s = dead(20);
	struct totals t;

	(void)state;
	assert_ok(checkpoint_begin(s, &error));
	assert_why(batch_requeue_refused(s, &requeue, &error), RC_FATAL, error,
	    WHY_STOPPED);
	checkpoint_rollback(s);
	assert_ok(totals_read(s, TOTALS_OF_RUN, &t, &error));
	assert_int_equal(t.refused_records, 20);
	assert_int_equal(t.left.records, 0);
	checkpoint_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(work_grows_with_their_number),
		cmocka_unit_test_setup_teardown(
		    requeueing_can_be_interrupted, setup, teardown),
	};

	return RUN(tests);
}
