/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "checkpoint/batch.h"
#include "checkpoint/batch_row.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/history.h"
#include "checkpoint/meta.h"
#include "checkpoint/scope.h"
#include "checkpoint/totals.h"
#include "tests/unit/helper.h"

#define SEGMENT \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

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

static struct checkpoint_place
where(void)
{
	return (struct checkpoint_place){ file, lock, "the target", false };
}

static struct checkpoint *
open_state(void)
{
	const struct checkpoint_place w = where();
	struct checkpoint *s = NULL;

	assert_ok(checkpoint_open(&w, &s, &error));
	return s;
}

static enum rc
join(struct checkpoint *s, const char *digest)
{
	const struct scope_staging staging = { digest, "raw", "staging", false,
		NULL, NULL };

	return scope_add_staging(s, &staging, &error);
}

/* A checkpoint of one segment with three batches of ten bytes. */
static struct checkpoint *
planned(void)
{
	struct checkpoint *const s = open_state();
	struct scope_segment segment;

	assert_ok(join(s, "d1"));
	assert_ok(scope_add_segment(s, SEGMENT, &segment, &error));
	for (uint64_t i = 0; i < 3 && !segment.planned; i++) {
		struct batch b = { .segment = segment.id,
			.offset = 10 * i,
			.length = 10,
			.records = 2 };
		assert_ok(batch_add(s, SEGMENT, &b, &error));
	}
	return s;
}

static void
a_plan_is_taken_in_order(void **state)
{
	struct checkpoint *const s = planned();
	struct batch b;
	int64_t after = 0;

	(void)state;
	for (uint64_t i = 0; i < 3; i++) {
		assert_ok(batch_next(s, after, &b, &error));
		assert_int_equal(b.offset, 10 * i);
		assert_int_equal(b.records, 2);
		assert_int_equal(b.status, BATCH_PLANNED);
		after = b.id;
	}
	assert_rc(batch_next(s, after, &b, &error), RC_END);
	checkpoint_close(s);
}

static void
the_key_names_the_range(void **state)
{
	/* SHA-256 of 64 times a, NUL, "10", NUL, "20", by another program. */
	static const char want[] = "ffe9fb85e082aab681c48162e96a7369"
				   "427e453015a7287c518dc825cc33ba55";
	char hex[DIGEST_HEX];
	struct batch b = { .offset = 10, .length = 20 };
	uint8_t key[DIGEST_BYTES];
	uint8_t other[DIGEST_BYTES];

	(void)state;
	assert_ok(batch_row_key(SEGMENT, &b, key, &error));
	digest_hex(key, sizeof(key), hex);
	assert_string_equal(hex, want);
	b.length = 2;
	b.offset = 102;
	assert_ok(batch_row_key(SEGMENT, &b, other, &error));
	assert_memory_not_equal(key, other, sizeof(key));
}

static void
what_was_committed_is_there_again(void **state)
{
	struct checkpoint *s = planned();
	struct totals t;
	struct batch b;

	(void)state;
	assert_ok(batch_next(s, 0, &b, &error));
	b.status = BATCH_ACKED;
	b.already = 1;
	assert_ok(batch_update(s, &b, &error));
	checkpoint_close(s);
	s = planned();
	assert_ok(batch_next(s, 0, &b, &error));
	assert_int_equal(b.offset, 10);
	assert_ok(totals_read(s, TOTALS_OF_RUN, &t, &error));
	assert_int_equal(t.all.batches, 3);
	assert_int_equal(t.acked.records, 2);
	assert_int_equal(t.left.bytes, 20);
	assert_int_equal(t.already, 1);
	assert_int_equal(t.ambiguous.batches, 0);
	checkpoint_close(s);
	s = open_state();
	assert_ok(totals_read(s, TOTALS_OF_RUN, &t, &error));
	assert_int_equal(t.all.batches, 0);
	assert_ok(totals_read(s, TOTALS_OF_CHECKPOINT, &t, &error));
	assert_int_equal(t.all.batches, 3);
	checkpoint_close(s);
}

struct recent {
	unsigned n;
	uint64_t bytes;
	uint64_t oldest_ms;
};

static void
note_recent(void *arg, uint64_t age_ms, uint64_t bytes)
{
	struct recent *const r = arg;

	r->n++;
	r->bytes += bytes;
	assert_true(age_ms >= r->oldest_ms);
	r->oldest_ms = age_ms;
}

static void
attempts_of_the_last_minute_are_told(void **state)
{
	static const char old[] =
	    "UPDATE _load_attempt SET begun = strftime('%Y-%m-%dT%H:%M:%fZ',"
	    " 'now', '-' || (90 - 20 * id) || ' seconds')";
	struct checkpoint *s = planned();
	struct recent r = { 0, 0, 0 };
	struct batch b = { .id = 0 };

	(void)state;
	while (batch_next(s, b.id, &b, &error) == RC_OK)
		assert_ok(batch_begin_attempt(s, &b, &error));
	checkpoint_close(s);

	s = planned();
	assert_int_equal(
	    sqlite3_exec(checkpoint_db(s), old, NULL, NULL, NULL), SQLITE_OK);
	assert_ok(history_recent_attempts(s, 61, note_recent, &r, &error));
	assert_int_equal(r.n, 2);
	assert_int_equal(r.bytes, 20);
	assert_in_range(r.oldest_ms, 50000, 51000);
	r = (struct recent){ 0, 0, 0 };
	assert_ok(history_recent_attempts(s, 40, note_recent, &r, &error));
	assert_int_equal(r.n, 1);
	checkpoint_close(s);
}

static void
what_was_sent_without_an_answer_is_ambiguous(void **state)
{
	const struct batch_answer acked = { "acked", 204, "", "id-1" };
	struct checkpoint *s = planned();
	struct totals t;
	struct batch b;
	uint64_t n = 9;

	(void)state;
	assert_ok(batch_next(s, 0, &b, &error));
	assert_ok(batch_begin_attempt(s, &b, &error));
	b.status = BATCH_ACKED;
	assert_ok(batch_update(s, &b, &error));
	assert_ok(batch_end_attempt(s, &b, &acked, &error));
	assert_ok(batch_next(s, 0, &b, &error));
	assert_ok(batch_begin_attempt(s, &b, &error));
	checkpoint_close(s);

	s = planned();
	assert_ok(batch_requeue_unanswered(s, &n, &error));
	assert_int_equal(n, 1);
	assert_ok(batch_next(s, 0, &b, &error));
	assert_int_equal(b.offset, 10);
	assert_true(b.ambiguous);
	/* The mark remains after the batch is acknowledged. */
	b.status = BATCH_ACKED;
	assert_ok(batch_update(s, &b, &error));
	assert_ok(batch_requeue_unanswered(s, &n, &error));
	assert_int_equal(n, 0);
	assert_ok(totals_read(s, TOTALS_OF_RUN, &t, &error));
	assert_int_equal(t.ambiguous.batches, 1);
	assert_int_equal(t.acked.batches, 2);
	assert_int_equal(t.attempts, 2);
	checkpoint_close(s);
}

static void
a_rollback_leaves_nothing(void **state)
{
	struct checkpoint *const s = planned();
	struct batch b;

	(void)state;
	assert_ok(checkpoint_begin(s, &error));
	assert_ok(batch_next(s, 0, &b, &error));
	b.status = BATCH_ACKED;
	assert_ok(batch_update(s, &b, &error));
	checkpoint_rollback(s);
	assert_ok(batch_next(s, 0, &b, &error));
	assert_int_equal(b.offset, 0);
	checkpoint_close(s);
}

/* A process that is killed inside a transaction, and one after it. */
static void
killed_processes(void **state)
{
	(void)state;
	checkpoint_close(planned());
	for (int commit = 0; commit < 2; commit++) {
		const pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			struct checkpoint *const s = planned();
			struct batch b;
			assert_ok(checkpoint_begin(s, &error));
			assert_ok(batch_next(s, 0, &b, &error));
			assert_ok(batch_begin_attempt(s, &b, &error));
			if (commit == 1)
				assert_ok(checkpoint_commit(s, &error));
			(void)kill(getpid(), SIGKILL);
		}
		int status = 0;
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		/* The lock went with the process. */
		struct checkpoint *const s = planned();
		uint64_t n = 9;
		assert_ok(batch_requeue_unanswered(s, &n, &error));
		assert_int_equal(n, commit);
		checkpoint_close(s);
	}
}

static void
one_at_a_time(void **state)
{
	const struct checkpoint_place w = where();
	struct checkpoint *const s = planned();
	struct checkpoint *other = NULL;

	(void)state;
	assert_why(
	    checkpoint_open(&w, &other, &error), RC_FATAL, error, WHY_LOCKED);
	assert_null(other);
	/* Reading is allowed. */
	assert_ok(checkpoint_open_read_only(&w, &other, &error));
	checkpoint_close(other);
	assert_why(
	    checkpoint_open(&w, &other, &error), RC_FATAL, error, WHY_LOCKED);
	checkpoint_close(s);
	assert_ok(checkpoint_open(&w, &other, &error));
	checkpoint_close(other);
	checkpoint_close(NULL);
}

static void
nothing_to_look_at(void **state)
{
	const struct checkpoint_place w = where();
	struct checkpoint *s = NULL;

	(void)state;
	assert_rc(checkpoint_open_read_only(&w, &s, &error), RC_END);
	assert_null(s);
	assert_int_equal(file_there(file), 0);
}

static void
others_are_refused(void **state)
{
	struct checkpoint_place w = where();
	const struct scope_staging joining = { "d3", "raw", "third", true, NULL,
		NULL };
	struct checkpoint *s = planned();
	struct batch b;

	(void)state;
	assert_rc(join(s, "d2"), RC_FATAL);
	assert_int_equal(error.why, WHY_USAGE);
	assert_ok(join(s, "d1"));
	assert_ok(scope_add_staging(s, &joining, &error));
	assert_ok(batch_next(s, 0, &b, &error));
	assert_ok(batch_begin_attempt(s, &b, &error));
	checkpoint_close(s);
	w.target = "another target";
	assert_why(checkpoint_open(&w, &s, &error), RC_FATAL, error, WHY_USAGE);
	assert_says(error, "the target");
}

static void
segments_are_known_by_their_digest(void **state)
{
	struct checkpoint *const s = planned();
	struct scope_segment segment;

	(void)state;
	assert_ok(scope_add_segment(s, SEGMENT, &segment, &error));
	assert_true(segment.planned);
	assert_true(segment.seen);
	assert_ok(scope_add_segment(s, "bb", &segment, &error));
	assert_false(segment.planned);
	assert_false(segment.seen);
	checkpoint_close(s);
}

static enum rc
tell(
    void *arg, const struct batch_refusal *r, const char *sha256, struct err *e)
{
	(void)e;
	assert_string_equal(sha256, SEGMENT);
	assert_int_equal(r->offset, 10);
	assert_int_equal(r->length, 9);
	assert_int_equal(r->http, 400);
	assert_string_equal(r->text, "words");
	assert_string_equal(r->request_id, "id-2");
	assert_int_equal(strlen(r->key), 64);
	++*(int *)arg;
	return RC_OK;
}

static void
refusals_are_kept_once(void **state)
{
	struct checkpoint *const s = planned();
	const struct batch_refusal r = { .segment = 1,
		.offset = 10,
		.length = 9,
		.http = 400,
		.text = "words",
		.batch = 2,
		.request_id = "id-2" };
	int told = 0;
	const struct history_visitor each = { .refusal = tell, .arg = &told };

	(void)state;
	assert_ok(batch_add_refusal(s, &r, &error));
	assert_ok(batch_add_refusal(s, &r, &error));
	assert_ok(history_visit(s, &each, &error));
	assert_int_equal(told, 1);
	checkpoint_close(s);
}

static enum rc
count_requeued(void *arg, uint64_t records, struct err *e)
{
	(void)e;
	*(uint64_t *)arg = records;
	return RC_OK;
}

/* The target refused the second batch, we ourselves the third. */
static void
what_the_target_refused_can_be_sent_again(void **state)
{
	struct checkpoint *const s = planned();
	struct totals t;
	struct batch b;
	uint64_t n = 0;
	const struct batch_requeue requeue = { count_requeued, &n };

	(void)state;
	assert_ok(batch_next(s, 1, &b, &error));
	for (long http = 400; http >= 0; http -= 400) {
		const struct batch_refusal r = { .segment = 1,
			.offset = b.offset,
			.length = 9,
			.http = http,
			.batch = b.id };
		b.status = BATCH_REFUSED;
		b.refused = b.records;
		assert_ok(batch_update(s, &b, &error));
		assert_ok(batch_add_refusal(s, &r, &error));
		(void)batch_next(s, b.id, &b, &error);
	}
	assert_ok(batch_requeue_refused(s, &requeue, &error));
	assert_int_equal(n, 2);
	assert_ok(totals_read(s, TOTALS_OF_RUN, &t, &error));
	assert_int_equal(t.left.records, 4);
	assert_int_equal(t.refused_records, 2);
	n = 0;
	assert_ok(batch_requeue_refused(s, &requeue, &error));
	assert_int_equal(n, 0);
	checkpoint_close(s);
}

static void
what_is_ambiguous_can_be_left_out(void **state)
{
	struct checkpoint *const s = planned();
	struct batch b;

	(void)state;
	assert_ok(batch_next(s, 0, &b, &error));
	b.ambiguous = true;
	assert_ok(batch_update(s, &b, &error));
	batch_skip_ambiguous(s);
	assert_ok(batch_next(s, 0, &b, &error));
	assert_int_equal(b.offset, 10);
	checkpoint_close(s);
}

static void
a_pause_outlives_the_run(void **state)
{
	struct checkpoint *s = open_state();
	int64_t until = 9;

	(void)state;
	assert_ok(meta_get_pause(s, &until, &error));
	assert_int_equal(until, 0);
	assert_ok(meta_set_pause(s, 1234567890123, &error));
	checkpoint_close(s);
	s = open_state();
	assert_ok(meta_get_pause(s, &until, &error));
	assert_int_equal(until, 1234567890123);
	checkpoint_close(s);
}

static enum rc
open_for(const char *target, struct checkpoint **s)
{
	struct checkpoint_place w = where();

	w.target = target;
	return checkpoint_open(&w, s, &error);
}

static void
a_target_is_bound_by_what_may_have_reached_it(void **state)
{
	struct checkpoint *s = planned();
	struct batch b;

	(void)state;
	checkpoint_close(s);
	assert_ok(open_for("another", &s));
	checkpoint_close(s);
	assert_ok(open_for("the target", &s));
	checkpoint_close(s);
	s = planned();
	assert_ok(batch_next(s, 0, &b, &error));
	assert_ok(batch_begin_attempt(s, &b, &error));
	checkpoint_close(s);
	s = NULL;
	assert_why(open_for("another", &s), RC_FATAL, error, WHY_USAGE);
}

/* Change the file without updating our checksums. */
static void
spoil(const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
damage_is_noticed(void **state)
{
	static const char *const ways[] = {
		"UPDATE _load_batch SET status = 2 WHERE id = 2",
		"UPDATE _load_batch SET ambiguous = 1 WHERE id = 1",
		"UPDATE _load_batch SET length = 11 WHERE id = 3",
		"UPDATE _load_batch SET stamp = 1 WHERE id = 1",
		"UPDATE _load_batch SET key = x'00' WHERE id = 1",
		"UPDATE _load_batch SET id = 7 WHERE id = 3",
		"DELETE FROM _load_batch WHERE id = 2",
		"DELETE FROM _load_meta WHERE name = 'target'",
		"DROP TABLE _load_meta",
	};
	const struct checkpoint_place w = where();
	struct checkpoint *s = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(ways); i++) {
		checkpoint_close(planned());
		spoil(ways[i]);
		assert_why(checkpoint_open(&w, &s, &error), RC_FATAL, error,
		    WHY_CORRUPT);
		assert_int_equal(unlink(file), 0);
	}
}

static void
an_empty_file_is_no_new_state(void **state)
{
	const struct checkpoint_place w = where();
	struct checkpoint *s = NULL;

	(void)state;
	checkpoint_close(planned());
	assert_int_equal(truncate(file, 0), 0);
	assert_why(
	    checkpoint_open(&w, &s, &error), RC_FATAL, error, WHY_CORRUPT);
}

static void
an_embedded_one_lives_beside_other_tables(void **state)
{
	const struct checkpoint_place w = { file, file, "sqlite", true };
	struct checkpoint *s = NULL;
	struct checkpoint *other = NULL;

	(void)state;
	spoil("CREATE TABLE mine(x); INSERT INTO mine VALUES(1)");
	assert_rc(checkpoint_open_read_only(&w, &s, &error), RC_END);
	assert_ok(checkpoint_open(&w, &s, &error));
	assert_why(
	    checkpoint_open(&w, &other, &error), RC_FATAL, error, WHY_LOCKED);
	assert_int_equal(sqlite3_exec(checkpoint_db(s), "UPDATE mine SET x = 2",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	checkpoint_close(s);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_plan_is_taken_in_order),
		T(the_key_names_the_range),
		T(what_was_committed_is_there_again),
		T(attempts_of_the_last_minute_are_told),
		T(what_was_sent_without_an_answer_is_ambiguous),
		T(a_rollback_leaves_nothing),
		T(killed_processes),
		T(one_at_a_time),
		T(nothing_to_look_at),
		T(others_are_refused),
		T(segments_are_known_by_their_digest),
		T(refusals_are_kept_once),
		T(what_the_target_refused_can_be_sent_again),
		T(what_is_ambiguous_can_be_left_out),
		T(a_pause_outlives_the_run),
		T(a_target_is_bound_by_what_may_have_reached_it),
		T(damage_is_noticed),
		T(an_empty_file_is_no_new_state),
		T(an_embedded_one_lives_beside_other_tables),
	};

	return RUN(tests);
}
