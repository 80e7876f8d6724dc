/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "checkpoint/batch.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/scope.h"
#include "checkpoint/totals.h"
#include "tests/unit/helper.h"

#define FIRST "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SECOND \
	"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static char dir[TEMP_MAX];
static char file[TEMP_MAX + 16];
static struct err error;

static int
setup(void **state)
{
	(void)state;
	temp_make(dir);
	(void)snprintf(file, sizeof(file), "%s/a.db", dir);
	return 0;
}

static int
teardown(void **state)
{
	temp_remove(dir);
	return helper_teardown(state);
}

/* A database with two segments of three batches of ten bytes. */
static struct checkpoint *
planned(void)
{
	const struct checkpoint_place place = { file, file, "sqlite", true };
	static const char *const segments[] = { FIRST, SECOND };
	struct checkpoint *c = NULL;

	assert_ok(checkpoint_open(&place, &c, &error));
	for (size_t i = 0; i < COUNT(segments); i++) {
		struct scope_segment one;

		assert_ok(scope_add_segment(c, segments[i], &one, &error));
		for (uint64_t k = 0; k < 3; k++) {
			struct batch b = { .segment = one.id,
				.offset = 10 * k,
				.length = 10,
				.records = 1 };
			assert_ok(batch_add(c, segments[i], &b, &error));
		}
	}
	return c;
}

static void
run(struct checkpoint *c, const char *sql)
{
	assert_int_equal(
	    sqlite3_exec(checkpoint_db(c), sql, NULL, NULL, NULL), SQLITE_OK);
}

static void
assert_query(struct checkpoint *c, const char *sql, const char *want)
{
	sqlite3_stmt *st = NULL;

	assert_int_equal(
	    sqlite3_prepare_v2(checkpoint_db(c), sql, -1, &st, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(st, 0), want);
	assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
}

static void
the_batch_of_an_offset(void **state)
{
	struct checkpoint *const c = planned();
	struct batch b;

	(void)state;
	for (uint64_t offset = 0; offset < 30; offset++) {
		assert_ok(batch_at(c, SECOND, offset, &b, &error));
		assert_int_equal(b.id, 4 + offset / 10);
		assert_int_equal(b.offset, offset / 10 * 10);
	}
	assert_rc(batch_at(c, "cc", 0, &b, &error), RC_END);
	checkpoint_close(c);
}

static void
pages_that_are_added_are_written_once(void **state)
{
	struct checkpoint *const c = planned();
	char journal[sizeof(file) + 10];
	struct stat st;

	(void)state;
	(void)snprintf(journal, sizeof(journal), "%s-journal", file);
	run(c, "CREATE TABLE big(x)");
	checkpoint_bulk(c, true);
	assert_ok(checkpoint_begin(c, &error));
	run(c, "INSERT INTO big VALUES(zeroblob(40000000))");
	assert_int_equal(stat(journal, &st), 0);
	assert_in_range(st.st_size, 1, 100000);
	assert_ok(checkpoint_commit(c, &error));
	/* The empty journal says that the database is in use. */
	assert_int_equal(stat(journal, &st), 0);
	assert_int_equal(st.st_size, 0);
	checkpoint_bulk(c, false);
	assert_int_equal(stat(journal, &st), -1);
	assert_query(c, "PRAGMA journal_mode", "wal");
	checkpoint_close(c);
}

static void
sorts_spill_beside_the_database(void **state)
{
	struct checkpoint *const c = planned();
	char folder[TEMP_MAX + 1];

	(void)state;
	(void)snprintf(folder, sizeof(folder), "%s/", dir);
	assert_query(c, "PRAGMA temp_store_directory", folder);
	assert_query(c, "PRAGMA temp_store", "1");
	checkpoint_close(c);
	assert_null(sqlite3_temp_directory);
}

/* End without a commit while pages are in the file that were changed. */
static void
die_in_a_transaction(void)
{
	struct checkpoint *const c = planned();

	run(c, "CREATE TABLE mine(x); INSERT INTO mine VALUES('before')");
	checkpoint_bulk(c, true);
	assert_ok(checkpoint_begin(c, &error));
	run(c, "UPDATE mine SET x = 'after'; DELETE FROM _load_batch;"
	       "CREATE TABLE big(x); INSERT INTO big"
	       " VALUES(zeroblob(20000000)), (zeroblob(20000000))");
	_exit(0);
}

static void
reading_undoes_what_a_killed_load_began(void **state)
{
	const struct checkpoint_place place = { file, file, NULL, true };
	struct checkpoint *c = NULL;
	struct totals totals;
	struct stat st;
	int status = 0;

	(void)state;
	const pid_t child = fork();
	if (child == 0)
		die_in_a_transaction();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(stat(file, &st), 0);
	assert_true(st.st_size > 20000000);
	assert_ok(checkpoint_open_read_only(&place, &c, &error));
	assert_query(c, "SELECT x FROM mine", "before");
	assert_query(c, "SELECT count(*) FROM _load_batch", "6");
	assert_ok(totals_read(c, TOTALS_OF_CHECKPOINT, &totals, &error));
	assert_int_equal(totals.all.batches, 6);
	checkpoint_close(c);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(the_batch_of_an_offset),
		T(pages_that_are_added_are_written_once),
		T(sorts_spill_beside_the_database),
		T(reading_undoes_what_a_killed_load_began),
	};

	return RUN(tests);
}
