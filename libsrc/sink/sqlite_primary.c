/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include <sqlite3.h>

#include "checkpoint/sql.h"
#include "sink/sqlite_primary.h"
#include "sink/sqlite_text.h"

#define NAME_MAX_TEXT 256
#define SQL_MAX (1U << 20)

/* The name and the definition (NULL: none) of the index in one of its forms. */
struct form {
	char name[NAME_MAX_TEXT];
	char text[2 * NAME_MAX_TEXT];
	const char *sql;
};

static void
name_primary(struct form *f, const struct table *table)
{
	(void)snprintf(
	    f->name, sizeof(f->name), "sqlite_autoindex_%.200s_1", table->name);
	f->sql = NULL;
}

static void
name_index(struct form *f, const struct table *table)
{
	(void)snprintf(
	    f->name, sizeof(f->name), "%.200s_" SQLITE_KEY, table->name);
	(void)snprintf(f->text, sizeof(f->text),
	    "CREATE UNIQUE INDEX \"%.200s\" ON \"%.200s\"(" SQLITE_KEY ")",
	    f->name, table->name);
	f->sql = f->text;
}

/* Run a statement that has to change exactly one row of sqlite_schema. */
static enum rc
change_row(struct sqlite3 *db, struct sqlite3_stmt *st, struct err *e)
{
	const enum rc rc = sql_run(st, e);

	if (rc == RC_OK && sqlite3_changes(db) != 1)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s: the definition of a table or of its keys was changed "
		    "meanwhile",
		    sqlite3_db_filename(db, "main"));
	return rc;
}

/* Replace the beginning of the table's definition. Columns that were added stay
 * at its end. */
static enum rc
change_table(
    struct sqlite3 *db, const struct table *table, bool primary, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	struct buf before;
	struct buf after;

	buf_init(&before, SQL_MAX);
	buf_init(&after, SQL_MAX);
	sqlite_text_definition(&before, table, !primary);
	sqlite_text_definition(&after, table, primary);
	enum rc rc = RC_OK;
	if (before.full || after.full)
		rc = buf_fail(
		    before.full ? &before : &after, "an SQL statement", e);
	if (rc == RC_OK)
		rc = sql_prepare(db,
		    "UPDATE sqlite_schema SET sql = ?3 || substr(sql,"
		    " length(?2) + 1) WHERE type = 'table' AND name = ?1"
		    " AND substr(sql, 1, length(?2)) = ?2",
		    &st, e);
	if (rc == RC_OK)
		rc = sql_bind(st, e, "tss", table->name, buf_span(&before),
		    buf_span(&after));
	if (rc == RC_OK)
		rc = change_row(db, st, e);
	sql_finish(st);
	buf_reset(&before);
	buf_reset(&after);
	return rc;
}

static enum rc
change_index(struct sqlite3 *db, const struct table *table,
    const struct form *from, const struct form *to, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = sql_prepare(db,
	    "UPDATE sqlite_schema SET name = ?3, sql = ?4 WHERE"
	    " type = 'index' AND tbl_name = ?1 AND name = ?2",
	    &st, e);

	if (rc == RC_OK)
		rc = sql_bind(
		    st, e, "tttt", table->name, from->name, to->name, to->sql);
	if (rc == RC_OK)
		rc = change_row(db, st, e);
	sql_finish(st);
	return rc;
}

/* Read the schema again, and let other connections do so. RESET first: it
 * forgets that the schema has changed, so that a rollback would not read it
 * again. */
static enum rc
reload(struct sqlite3 *db, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	char text[64];
	enum rc rc = sql_exec(db, "PRAGMA writable_schema = RESET", e);

	if (rc == RC_OK)
		rc = sql_query(db, &st, e, "PRAGMA schema_version", "");
	if (rc != RC_OK) {
		sql_finish(st);
		return rc;
	}
	(void)snprintf(text, sizeof(text), "PRAGMA schema_version = %" PRIu64,
	    (sql_u64(st, 0) + 1) & INT32_MAX);
	sql_finish(st);
	return sql_exec(db, text, e);
}

/* Change both rows. The connection may write its schema only meanwhile. */
static enum rc
change_rows(
    struct sqlite3 *db, const struct table *table, bool primary, struct err *e)
{
	struct form index;
	struct form key;

	name_index(&index, table);
	name_primary(&key, table);
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
	enum rc rc = sql_exec(db, "PRAGMA writable_schema = ON", e);
	if (rc == RC_OK)
		rc = change_table(db, table, primary, e);
	if (rc == RC_OK)
		rc = change_index(db, table, primary ? &index : &key,
		    primary ? &key : &index, e);
	if (rc == RC_OK)
		rc = reload(db, e);
	if (rc != RC_OK)
		(void)sqlite3_exec(
		    db, "PRAGMA writable_schema = RESET", NULL, NULL, NULL);
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	return rc;
}

/* A savepoint works inside a transaction and outside. */
static enum rc
change(
    struct sqlite3 *db, const struct table *table, bool primary, struct err *e)
{
	enum rc rc = sql_exec(db, "SAVEPOINT _primary", e);

	if (rc != RC_OK)
		return rc;
	rc = change_rows(db, table, primary, e);
	if (rc == RC_OK)
		rc = sql_exec(db, "RELEASE _primary", e);
	if (rc != RC_OK)
		(void)sqlite3_exec(db, "ROLLBACK TO _primary; RELEASE _primary",
		    NULL, NULL, NULL);
	return rc;
}

enum rc
sqlite_primary_is(
    struct sqlite3 *db, const struct table *table, bool *is, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	const enum rc rc = sql_query(db, &st, e,
	    "SELECT 1 FROM pragma_index_list(?) WHERE origin = 'pk'", "t",
	    table->name);

	*is = rc == RC_OK;
	sql_finish(st);
	return rc == RC_END ? RC_OK : rc;
}

enum rc
sqlite_primary_set(struct sqlite3 *db, const struct table *table, struct err *e)
{
	return change(db, table, true, e);
}

enum rc
sqlite_primary_unset(
    struct sqlite3 *db, const struct table *table, struct err *e)
{
	return change(db, table, false, e);
}
