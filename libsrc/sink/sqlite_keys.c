/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "checkpoint/sql.h"
#include "sink/sqlite_keys.h"
#include "sink/sqlite_primary.h"
#include "sink/sqlite_text.h"

#define SQL_MAX (64U << 10)
#define KEY_MAX (16U << 20)
/* Maximum number of duplicates that one scan finds; they take 4 MB. */
#define DUPLICATES_MAX (1U << 18)
/* Number of steps of SQLite's virtual machine between two calls of
 * is_stopped(): about 50 ms. */
#define STEPS 100000

/* A row to be removed, and the earlier row with its key. */
struct duplicate {
	int64_t row;
	int64_t kept;
};

/* --- the index ----------------------------------------------------------- */

static enum rc
create_index(struct sqlite3 *db, const struct table *table, struct err *e)
{
	struct buf text;

	buf_init(&text, SQL_MAX);
	sqlite_text_key(&text, table);
	return sql_exec_buf(db, &text, e);
}

static enum rc
is_empty(
    struct sqlite3 *db, const struct table *table, bool *empty, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	char text[512];

	(void)snprintf(
	    text, sizeof(text), "SELECT 1 FROM \"%.200s\"", table->name);
	const enum rc rc = sql_query(db, &st, e, text, "");
	*empty = rc == RC_END;
	sql_finish(st);
	return rc == RC_END ? RC_OK : rc;
}

enum rc
sqlite_keys_drop(
    struct sqlite3 *db, const struct table *table, bool *dropped, struct err *e)
{
	char text[512];
	enum rc rc = is_empty(db, table, dropped, e);

	if (rc != RC_OK || !*dropped)
		return rc;
	(void)snprintf(text, sizeof(text),
	    "DROP INDEX \"%.200s_" SQLITE_KEY "\"", table->name);
	rc = sqlite_primary_unset(db, table, e);
	return rc == RC_OK ? sql_exec(db, text, e) : rc;
}

/* --- duplicates ---------------------------------------------------------- */

/* Find up to DUPLICATES_MAX rows whose key an earlier row has. */
static enum rc
find_duplicates(const struct sqlite_columns *c, struct duplicate *out,
    size_t *n, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	struct buf key;
	int64_t kept = 0;
	bool begun = false;
	char text[512];

	buf_init(&key, KEY_MAX);
	(void)snprintf(text, sizeof(text),
	    "SELECT " SQLITE_KEY ", _rowid_ FROM \"%.200s\" WHERE " SQLITE_KEY
	    " IS NOT NULL ORDER BY 1, 2",
	    c->table->name);
	enum rc rc = sql_prepare(c->db, text, &st, e);
	for (*n = 0; rc == RC_OK && *n < DUPLICATES_MAX;) {
		rc = sql_step(st, e);
		if (rc != RC_OK)
			break;
		const struct span now = span_str(sql_text(st, 0));
		const int64_t row = sqlite3_column_int64(st, 1);
		if (begun && span_eq(now, buf_span(&key))) {
			out[(*n)++] = (struct duplicate){ row, kept };
			continue;
		}
		begun = true;
		kept = row;
		buf_cut(&key, 0);
		buf_put(&key, now);
		if (key.full)
			rc = buf_fail(&key, "a " SQLITE_KEY, e);
	}
	buf_reset(&key);
	sql_finish(st);
	return rc == RC_END ? RC_OK : rc;
}

/* The statements that remove a row. */
struct removal {
	const struct sqlite_columns *columns;
	const struct sink_finish *finish;
	struct sqlite3_stmt *places;
	struct sqlite3_stmt *delete;
};

static enum rc
remove_row(struct removal *r, const struct duplicate *one, struct err *e)
{
	struct sqlite3_stmt *const copy = r->columns->copy;
	struct sqlite3 *const db = r->columns->db;
	bool conflict = false;
	enum rc rc = RC_OK;

	/* Raw rows have no columns to compare, so no conflicts are kept. */
	if (copy != NULL) {
		rc = sql_bind(copy, e, "ii", one->row, one->kept);
		if (rc == RC_OK)
			rc = sql_run(copy, e);
		conflict = rc == RC_OK && sqlite3_changes(db) == 1;
	}
	if (rc == RC_OK)
		rc = sql_bind(r->places, e, "ii", one->row, one->kept);
	if (rc == RC_OK)
		rc = sql_step(r->places, e);
	if (rc == RC_OK) {
		const struct sink_removed_row row = {
			.segment = sql_text(r->places, 0),
			.offset = sql_u64(r->places, 1),
			.kept_segment = sql_text(r->places, 2),
			.kept_offset = sql_u64(r->places, 3),
			.conflict = conflict,
		};
		rc = r->finish->removed(r->finish->arg, &row, e);
	}
	(void)sqlite3_reset(r->places);
	if (rc == RC_OK)
		rc = sql_bind(r->delete, e, "i", one->row);
	return rc == RC_OK ? sql_run(r->delete, e) : rc;
}

static int
compare_rows(const void *a, const void *b)
{
	const int64_t x = ((const struct duplicate *)a)->row;
	const int64_t y = ((const struct duplicate *)b)->row;

	return (x > y) - (x < y);
}

/* Remove all duplicates, in the order of the table, so that each page is
 * changed once. */
static enum rc
remove_duplicates(struct removal *r, struct duplicate *all, struct err *e)
{
	size_t n = DUPLICATES_MAX;
	enum rc rc = RC_OK;

	while (rc == RC_OK && n == DUPLICATES_MAX) {
		rc = find_duplicates(r->columns, all, &n, e);
		qsort(all, n, sizeof(*all), compare_rows);
		for (size_t i = 0; rc == RC_OK && i < n; i++)
			rc = remove_row(r, &all[i], e);
	}
	return rc;
}

static enum rc
remove_all(const struct sqlite_columns *c, const struct sink_finish *finish,
    struct err *e)
{
	struct removal r = { .columns = c, .finish = finish };
	const char *const name = c->table->name;
	struct duplicate *const all = calloc(DUPLICATES_MAX, sizeof(*all));
	char text[1024];
	enum rc rc = all == NULL ? err_nomem(e) : RC_OK;

	(void)snprintf(text, sizeof(text),
	    "SELECT d._Segment, d._Offset, k._Segment, k._Offset FROM"
	    " \"%.200s\" AS d JOIN \"%.200s\" AS k ON d._rowid_ = ?1 AND"
	    " k._rowid_ = ?2",
	    name, name);
	if (rc == RC_OK)
		rc = sql_prepare(c->db, text, &r.places, e);
	(void)snprintf(text, sizeof(text),
	    "DELETE FROM \"%.200s\" WHERE _rowid_ = ?", name);
	if (rc == RC_OK)
		rc = sql_prepare(c->db, text, &r.delete, e);
	if (rc == RC_OK)
		rc = remove_duplicates(&r, all, e);
	sql_finish(r.places);
	sql_finish(r.delete);
	free(all);
	return rc;
}

/* --- creating the primary key after the rows ----------------------------- */

static int
is_stopped(void *arg)
{
	const struct sink_finish *const finish = arg;

	return finish->is_stopped(finish->arg);
}

enum rc
sqlite_keys_create(const struct sqlite_columns *columns,
    const struct sink_finish *finish, struct err *e)
{
	struct sink_finish calls = *finish;

	struct err first = { .rc = RC_OK };

	sqlite3_progress_handler(columns->db, STEPS, is_stopped, &calls);
	enum rc rc = create_index(columns->db, columns->table, &first);
	/* Few loads have duplicates: they are only searched when the index
	 * cannot be created. */
	if (rc != RC_OK &&
	    sqlite3_errcode(columns->db) == SQLITE_CONSTRAINT_UNIQUE) {
		rc = remove_all(columns, finish, e);
		if (rc == RC_OK)
			rc = create_index(columns->db, columns->table, e);
	} else if (rc != RC_OK) {
		*e = first;
	}
	if (rc == RC_OK)
		rc = sqlite_primary_set(columns->db, columns->table, e);
	sqlite3_progress_handler(columns->db, 0, NULL, NULL);
	return rc;
}
