/* SPDX-License-Identifier: Apache-2.0 */
#include <sqlite3.h>

#include "checkpoint/checkpoint.h"
#include "sink/sink.h"
#include "sink/sink_table.h"
#include "sink/sqlite_text.h"
#include "tests/unit/helper.h"

static const struct column columns[] = {
	{ "TimeGenerated", COLUMN_DATETIME, COLUMN_SYSTEM },
	{ "TenantId", COLUMN_STRING, COLUMN_SERVICE },
	{ "EventID", COLUMN_INT, COLUMN_SYSTEM },
	{ "Account", COLUMN_STRING, COLUMN_COMPUTED },
	{ "Bytes", COLUMN_LONG, COLUMN_FIELD },
	{ "RecordKey_CF", COLUMN_STRING, COLUMN_EXTRA },
};
static const struct table events = { "TestEvent", "RecordKey_CF",
	"TimeGenerated", columns, COUNT(columns) };
static const struct table raw = { .name = "Raw" };

static char dir[TEMP_MAX];
static char file[TEMP_MAX + 16];
static struct err error;
static struct checkpoint *state_of_test;
static struct sink_rows *rows;

static int
setup(void **state)
{
	const struct checkpoint_place w = { file, file, "sqlite", true };

	(void)state;
	temp_make(dir);
	(void)snprintf(file, sizeof(file), "%s/a.db", dir);
	assert_ok(checkpoint_open(&w, &state_of_test, &error));
	/* The program itself uses no view. */
	assert_int_equal(sqlite3_db_config(checkpoint_db(state_of_test),
			     SQLITE_DBCONFIG_ENABLE_VIEW, 1, NULL),
	    SQLITE_OK);
	return 0;
}

static int
teardown(void **state)
{
	sink_table_find("sqlite")->local->close(rows);
	rows = NULL;
	checkpoint_close(state_of_test);
	temp_remove(dir);
	return helper_teardown(state);
}

static void
open_rows(const struct table *t)
{
	assert_ok(sink_table_find("sqlite")->local->open(
	    state_of_test, t, &rows, &error));
}

static uint64_t refused_at;

static enum rc
refuse(void *arg, const struct sink_refused_line *line, struct err *e)
{
	(void)arg;
	(void)e;
	assert_true(line->why[0] != '\0');
	refused_at = line->offset;
	return RC_OK;
}

static struct sink_written
write_text(const char *text, uint64_t offset)
{
	const struct sink_lines lines = { span_str(text), "feed", offset };
	struct sink_written done = { .refuse = refuse };

	assert_ok(sink_table_find("sqlite")->local->write(
	    rows, &lines, &done, &error));
	return done;
}

/* The first value of the first row as text. */
static void
assert_query(const char *sql, const char *want)
{
	sqlite3_stmt *st = NULL;

	assert_int_equal(sqlite3_prepare_v2(
			     checkpoint_db(state_of_test), sql, -1, &st, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	const char *const got = (const char *)sqlite3_column_text(st, 0);
	if (want == NULL)
		assert_null(got);
	else
		assert_string_equal(got, want);
	assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
}

#define ROW(key) \
	"{\"TimeGenerated\":\"2024-01-02T03:04:05.0000006Z\",\"EventID\":" \
	"4624," \
	"\"Account\":\"A\",\"Bytes\":9007199254740993,\"RecordKey_CF\":\"" key \
	"\"}\n"

static void
values_keep_their_type(void **state)
{
	(void)state;
	open_rows(&events);
	const struct sink_written done = write_text(ROW("k1") ROW("k2"), 0);
	assert_int_equal(done.added, 2);
	assert_query(
	    "SELECT EventTime FROM TestEvent", "2024-01-02 03:04:05.0000006");
	assert_query("SELECT typeof(EventID) FROM TestEvents", "integer");
	assert_query("SELECT Bytes FROM TestEvent", "9007199254740993");
	/* Columns that only the service fills do not exist here. */
	assert_query("SELECT count(*) FROM pragma_table_info('TestEvent')"
		     " WHERE name = 'TenantId'",
	    "0");
}

static void
the_same_key_is_there_already(void **state)
{
	(void)state;
	open_rows(&events);
	(void)write_text(ROW("k1"), 0);
	const struct sink_written done = write_text(ROW("k1") ROW("k3"), 500);
	assert_int_equal(done.added, 1);
	assert_int_equal(done.already, 1);
	assert_query("SELECT count(*) FROM TestEvent", "2");
}

static void
rows_without_a_key_are_told_apart_by_their_place(void **state)
{
	(void)state;
	open_rows(&events);
	assert_int_equal(write_text("{}\n{}\n", 0).added, 2);
	assert_int_equal(write_text("{}\n{}\n", 0).own, 2);
	assert_int_equal(write_text("{}\n", 99).added, 1);
	assert_query("SELECT group_concat(_Offset) FROM TestEvent", "0,3,99");
	assert_query("SELECT _Segment FROM TestEvent", "feed");
}

static void
unknown_properties_get_a_column(void **state)
{
	(void)state;
	open_rows(&events);
	assert_int_equal(
	    write_text("{\"New\":\"x\",\"Newer\":1.5,\"EventID\":\"7\"}\n"
		       "{\"Newer\":false,\"New\":[1,\"2\"]}\n",
		0)
		.added,
	    2);
	assert_query(
	    "SELECT New || Newer || EventID FROM TestEvent WHERE _Offset = 0",
	    "x1.57");
	assert_query("SELECT typeof(EventID) FROM TestEvent WHERE _Offset = 0",
	    "integer");
	assert_query("SELECT New || Newer FROM TestEvent WHERE _Offset > 0",
	    "[1,\"2\"]false");
}

static void
names_that_cannot_be_columns_go_to_extra(void **state)
{
	(void)state;
	open_rows(&events);
	(void)write_text("{\"eventid\":1,\"_Offset\":2,\"\":null,"
			 "\"EventTime\":\"t\",\"Account\":\"a\","
			 "\"Account\":\"b\"}\n",
	    0);
	assert_query("SELECT _Extra FROM TestEvent",
	    "{\"eventid\":1,\"_Offset\":2,\"\":null,\"EventTime\":\"t\","
	    "\"Account\":\"b\"}");
	assert_query("SELECT Account FROM TestEvent", "a");
	assert_query("SELECT _Offset FROM TestEvent", "0");
}

static void
a_nul_does_not_end_a_text(void **state)
{
	(void)state;
	open_rows(&events);
	(void)write_text("{\"Account\":\"a\\u0000b\\\\u0000c\"}\n", 0);
	assert_query("SELECT Account FROM TestEvent", "a\\u0000b\\u0000c");
}

static void
lines_that_are_no_objects(void **state)
{
	static const char *const bad[] = { "\n", "[]\n", "7\n", "{\n",
		"{\"a\":}\n", "{}x\n", "null\n" };

	(void)state;
	open_rows(&events);
	for (size_t i = 0; i < COUNT(bad); i++) {
		refused_at = 0;
		assert_int_equal(write_text(bad[i], 40).refused, 1);
		assert_int_equal(refused_at, 40);
	}
	assert_query("SELECT count(*) FROM TestEvent", "0");
}

static void
raw_lines(void **state)
{
	static const char line[] =
	    "{\"Event\":{\"System\":{\"Provider\":{\"#attributes\":{\"Name\":"
	    "\"P\"}},\"EventID\":{\"#attributes\":{\"Qualifiers\":1},\"#text\":"
	    "\"7045\"},\"TimeCreated\":{\"#attributes\":{\"SystemTime\":"
	    "\"2024-01-02T03:04:05.0000006Z\"}},\"Channel\":null,\"Computer\":"
	    "\"C\"}}}";
	char text[1000];

	(void)state;
	open_rows(&raw);
	(void)snprintf(text, sizeof(text), "%s\n{\"Event\":{}}\n", line);
	assert_int_equal(write_text(text, 0).added, 2);
	assert_int_equal(write_text(text, 0).own, 2);
	assert_query(
	    "SELECT Event FROM RawEvents WHERE EventID IS NOT NULL", line);
	assert_query("SELECT EventID + 1 FROM Raw WHERE _Offset = 0", "7046");
	assert_query(
	    "SELECT Provider || Computer FROM Raw WHERE _Offset = 0", "PC");
	assert_query("SELECT Channel FROM Raw WHERE _Offset = 0", NULL);
	assert_query("SELECT EventTime FROM Raw WHERE _Offset = 0",
	    "2024-01-02 03:04:05.0000006");
}

static void
opened_again_it_knows_its_columns(void **state)
{
	(void)state;
	open_rows(&events);
	(void)write_text("{\"New\":1}\n", 0);
	sink_table_find("sqlite")->local->close(rows);
	open_rows(&events);
	(void)write_text("{\"New\":2}\n", 50);
	assert_query("SELECT group_concat(New) FROM TestEvent", "1,2");
	sink_table_find("sqlite")->local->close(NULL);
}

/* --- deferred keys ------------------------------------------------------- */

/* What removed() was told. */
static struct sink_removed_row removed[4];
static char places[4][40];
static size_t removed_n;
static bool stop;

static enum rc
count_removed(void *arg, const struct sink_removed_row *row, struct err *e)
{
	(void)arg;
	(void)e;
	assert_true(removed_n < COUNT(removed));
	(void)snprintf(places[removed_n], sizeof(places[0]), "%s %d for %s %d",
	    row->segment, (int)row->offset, row->kept_segment,
	    (int)row->kept_offset);
	removed[removed_n++] = *row;
	return RC_OK;
}

static bool
is_stopped(void *arg)
{
	(void)arg;
	return stop;
}

static const struct sink_finish finish = { count_removed, is_stopped, NULL };

static void
defer_keys(const struct table *t)
{
	const struct sink_local *const local = sink_table_find("sqlite")->local;

	open_rows(t);
	assert_ok(local->defer_keys(rows, &error));
	assert_true(local->has_deferred_keys(rows));
	removed_n = 0;
	stop = false;
}

static void
deferred_keys_keep_the_first_row(void **state)
{
	const struct sink_local *const local = sink_table_find("sqlite")->local;

	(void)state;
	defer_keys(&events);
	const struct sink_written done = write_text(
	    ROW("k2") ROW("k1") ROW("k2") "{\"RecordKey_CF\":\"k1\"}\n"
					  "{}\n{}\n",
	    1000);
	assert_int_equal(done.added, 6);
	assert_int_equal(write_text("{}\n", 1000).added, 1);
	assert_ok(local->finish(rows, &finish, &error));
	assert_false(local->has_deferred_keys(rows));
	assert_int_equal(removed_n, 2);
	assert_string_equal(places[0], "feed 1246 for feed 1000");
	assert_string_equal(places[1], "feed 1369 for feed 1123");
	assert_false(removed[0].conflict);
	assert_true(removed[1].conflict);
	assert_query("SELECT group_concat(_Offset) FROM (SELECT * FROM"
		     " TestEvent ORDER BY _Offset)",
	    "1000,1000,1123,1391,1394");
	assert_query("SELECT RecordKey_CF || _Offset || (EventID IS NULL)"
		     " FROM TestEvent_conflicts",
	    "k113691");
	/* From now on keys are compared. */
	assert_int_equal(write_text(ROW("k1"), 2000).already, 1);
}

static void
keys_stay_deferred_until_all_are_compared(void **state)
{
	const struct sink_local *const local = sink_table_find("sqlite")->local;

	(void)state;
	defer_keys(&events);
	assert_int_equal(
	    sqlite3_exec(checkpoint_db(state_of_test),
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
		" LIMIT 100000) INSERT INTO TestEvent(RecordKey_CF)"
		" SELECT i FROM n",
		NULL, NULL, NULL),
	    SQLITE_OK);
	stop = true;
	assert_int_not_equal(local->finish(rows, &finish, &error), RC_OK);
	assert_true(local->has_deferred_keys(rows));
	err_clear(&error);
	local->close(rows);
	open_rows(&events);
	assert_true(local->has_deferred_keys(rows));
	stop = false;
	assert_ok(local->finish(rows, &finish, &error));
	local->close(rows);
	open_rows(&events);
	assert_false(local->has_deferred_keys(rows));
	assert_query("SELECT count(*) FROM TestEvent", "100000");
}

static void
deferred_keys_of_raw_rows(void **state)
{
	const struct sink_local *const local = sink_table_find("sqlite")->local;

	(void)state;
	defer_keys(&raw);
	assert_int_equal(write_text(ROW("k1") ROW("k1") "{}\n", 0).added, 3);
	/* Only the place identifies a row without a key. */
	assert_int_equal(write_text("{}\n", 246).own, 1);
	assert_ok(local->finish(rows, &finish, &error));
	assert_int_equal(removed_n, 1);
	assert_query("SELECT count(*) FROM Raw", "2");
}

static void
a_table_with_rows_compares_keys_at_once(void **state)
{
	const struct sink_local *const local = sink_table_find("sqlite")->local;

	(void)state;
	open_rows(&events);
	(void)write_text(ROW("k1"), 0);
	assert_ok(local->defer_keys(rows, &error));
	assert_false(local->has_deferred_keys(rows));
	assert_int_equal(write_text(ROW("k1"), 500).already, 1);
}

#define PRIMARY \
	"SELECT sum(pk) FROM pragma_table_info('TestEvent') WHERE name =" \
	" 'RecordKey_CF'"
#define NAMED "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%Event_Rec%'"

/* A killed run leaves the primary key, or no index of the keys. */
static void
a_rollback_restores_dropped_keys(void **state)
{
	const struct sink_local *const local = sink_table_find("sqlite")->local;

	(void)state;
	open_rows(&events);
	assert_ok(checkpoint_begin(state_of_test, &error));
	assert_ok(local->defer_keys(rows, &error));
	assert_query(PRIMARY, "0");
	checkpoint_rollback(state_of_test);
	local->close(rows);
	open_rows(&events);
	assert_false(local->has_deferred_keys(rows));
	assert_query(PRIMARY, "1");
	assert_query(NAMED, "0");
}

static void
the_key_becomes_the_primary_key(void **state)
{
	const struct sink_local *const local = sink_table_find("sqlite")->local;

	(void)state;
	open_rows(&events);
	assert_query(PRIMARY, "1");
	assert_ok(local->defer_keys(rows, &error));
	assert_query(PRIMARY, "0");
	assert_query("PRAGMA integrity_check", "ok");
	(void)write_text(ROW("k1") "{\"New\":1,\"RecordKey_CF\":\"k2\"}\n", 0);
	assert_ok(local->finish(rows, &finish, &error));
	assert_query(PRIMARY, "1");
	assert_query(NAMED, "0");
	assert_query("PRAGMA integrity_check", "ok");
	assert_query("SELECT _rowid_ FROM TestEvent INDEXED BY"
		     " sqlite_autoindex_TestEvent_1 WHERE RecordKey_CF = 'k2'",
	    "2");
	/* The connection writes and adds columns as before. */
	assert_int_equal(write_text(ROW("k1") "{\"Newer\":1}\n", 500).added, 1);
	assert_query("SELECT count(New) || count(Newer) FROM TestEvent", "11");
	/* Its schema is protected again. */
	assert_int_equal(sqlite3_exec(checkpoint_db(state_of_test),
			     "PRAGMA writable_schema = ON; DELETE FROM"
			     " sqlite_schema",
			     NULL, NULL, NULL),
	    SQLITE_ERROR);
	local->close(rows);
	open_rows(&events);
	assert_false(local->has_deferred_keys(rows));
}

/* A rollback takes back the rows and the primary key, also from what the
 * connection knows of its schema. */
static void
a_rollback_takes_back_the_primary_key(void **state)
{
	const struct sink_local *const local = sink_table_find("sqlite")->local;

	(void)state;
	defer_keys(&events);
	(void)write_text(ROW("k1") ROW("k2"), 0);
	assert_ok(checkpoint_begin(state_of_test, &error));
	(void)write_text(ROW("k1"), 500);
	assert_ok(local->finish(rows, &finish, &error));
	assert_query(PRIMARY, "1");
	assert_query("SELECT count(*) FROM TestEvent", "2");
	checkpoint_rollback(state_of_test);
	assert_query(PRIMARY, "0");
	assert_query(NAMED, "0");
	assert_query("PRAGMA integrity_check", "ok");
	local->close(rows);
	open_rows(&events);
	assert_true(local->has_deferred_keys(rows));
	assert_int_equal(write_text(ROW("k1"), 500).added, 1);
	removed_n = 0;
	assert_ok(local->finish(rows, &finish, &error));
	assert_int_equal(removed_n, 1);
	assert_query(PRIMARY, "1");
	assert_query("PRAGMA integrity_check", "ok");
}

static int
count_steps(void *arg)
{
	++*(size_t *)arg;
	return 0;
}

/* Hundreds of steps of SQLite's machine to write n rows that all differ from
 * earlier rows in EventID: with keys of their own, or all with one key. */
static size_t
steps_of_conflicts(int n, bool one_key)
{
	size_t steps = 0;
	char text[200];

	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < n; i++) {
			(void)snprintf(text, sizeof(text),
			    "{\"EventID\":%d,\"RecordKey_CF\":\"%d of %d\"}\n",
			    pass * (i + 1), one_key ? -1 : i, n);
			if (pass == 1)
				sqlite3_progress_handler(
				    checkpoint_db(state_of_test), 100,
				    count_steps, &steps);
			assert_int_equal(
			    write_text(text, 0).conflicts, pass == 1);
		}
	sqlite3_progress_handler(checkpoint_db(state_of_test), 0, NULL, NULL);
	return steps;
}

static void
many_conflicts_take_time_in_proportion(void **state)
{
	(void)state;
	open_rows(&events);
	for (int one_key = 0; one_key < 2; one_key++) {
		const size_t few = steps_of_conflicts(100, one_key != 0);
		assert_in_range(
		    steps_of_conflicts(800, one_key != 0), 1, 10 * few + 100);
	}
}

static void
change(const char *sql)
{
	assert_int_equal(
	    sqlite3_exec(checkpoint_db(state_of_test), sql, NULL, NULL, NULL),
	    SQLITE_OK);
}

static void
assert_refused(const char *words)
{
	struct sink_rows *none = NULL;

	assert_why(sink_table_find("sqlite")->local->open(
		       state_of_test, &events, &none, &error),
	    RC_FATAL, error, WHY_TAMPERED);
	assert_says(error, words);
}

static void
what_others_add_to_our_tables_is_refused(void **state)
{
	(void)state;
	open_rows(&events);
	change("CREATE TRIGGER thief BEFORE INSERT ON TestEvent BEGIN"
	       " SELECT raise(IGNORE); END");
	assert_refused("thief");
	change("DROP TRIGGER thief;"
	       "CREATE UNIQUE INDEX once ON testevent(EventID)");
	assert_refused("once");
	change("DROP INDEX once;"
	       "ALTER TABLE TestEvent ADD COLUMN x TEXT CHECK(x IS NULL)");
	assert_refused("CHECK");
}

static void
a_changed_table_is_refused(void **state)
{
	(void)state;
	change("CREATE TABLE TestEvent(RecordKey_CF TEXT PRIMARY KEY,"
	       " EventID UNIQUE, TimeGenerated, EventTime, Computer, Account,"
	       " _Segment, _Offset, _Extra, Bytes)");
	assert_refused("UNIQUE");
}

static void
what_an_analyst_made_stays(void **state)
{
	(void)state;
	open_rows(&events);
	change("CREATE VIEW mine AS SELECT * FROM TestEvent;"
	       "CREATE TABLE notes(x UNIQUE CHECK(x > 1));"
	       "CREATE INDEX by_bytes ON TestEvent(Bytes);"
	       /* As for a property without a column. */
	       "ALTER TABLE TestEvent ADD COLUMN \"a \"\"b\" TEXT;"
	       "ALTER TABLE TestEvent_conflicts ADD COLUMN \"a \"\"b\" TEXT");
	sink_table_find("sqlite")->local->close(rows);
	rows = NULL;
	const enum rc rc = sink_table_find("sqlite")->local->open(
	    state_of_test, &events, &rows, &error);
	if (rc != RC_OK)
		fail_msg("%s", error.text);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(values_keep_their_type),
		T(the_same_key_is_there_already),
		T(rows_without_a_key_are_told_apart_by_their_place),
		T(unknown_properties_get_a_column),
		T(names_that_cannot_be_columns_go_to_extra),
		T(a_nul_does_not_end_a_text),
		T(lines_that_are_no_objects),
		T(raw_lines),
		T(opened_again_it_knows_its_columns),
		T(deferred_keys_keep_the_first_row),
		T(keys_stay_deferred_until_all_are_compared),
		T(deferred_keys_of_raw_rows),
		T(a_table_with_rows_compares_keys_at_once),
		T(a_rollback_restores_dropped_keys),
		T(the_key_becomes_the_primary_key),
		T(a_rollback_takes_back_the_primary_key),
		T(many_conflicts_take_time_in_proportion),
		T(what_others_add_to_our_tables_is_refused),
		T(a_changed_table_is_refused),
		T(what_an_analyst_made_stays),
	};

	return RUN(tests);
}
