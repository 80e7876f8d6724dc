/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>

#include <sqlite3.h>

#include "checkpoint/ddl.h"
#include "checkpoint/sql.h"

/* True if two definitions are the same, except for columns `, "name" TEXT` that
 * were added at the end of a table. */
static bool
is_same(const char *wanted, const char *found)
{
	const size_t n = strlen(wanted);

	if (strcmp(wanted, found) == 0)
		return true;
	if (n == 0 || wanted[n - 1] != ')' ||
	    strncmp(wanted, "CREATE TABLE", 12) != 0 ||
	    strncmp(wanted, found, n - 1) != 0)
		return false;
	const char *p = found + n - 1;
	while (strncmp(p, ", \"", 3) == 0) {
		/* The end of the name is a quote that is not doubled. */
		for (p += 3; *p != '"' || p[1] == '"'; p++) {
			if (*p == '\0')
				return false;
			p += *p == '"';
		}
		if (strncmp(p, "\" TEXT", 6) != 0)
			return false;
		p += 6;
	}
	return strcmp(p, ")") == 0;
}

static enum rc
report(const char *type, const char *name, const char *found, struct err *e)
{
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "the %s %.80s of the database differs from what this program "
	    "creates, so rows could be lost: %.280s",
	    type, name, found);
}

/* Compare one table or index; `ours` is the row with its type, name and
 * definition. */
static enum rc
check_definition(struct sqlite3 *db, struct sqlite3_stmt *ours, struct err *e)
{
	const char *const type = sql_text(ours, 0);
	const char *const name = sql_text(ours, 1);
	const char *const wanted = sql_text(ours, 2);
	struct sqlite3_stmt *st = NULL;
	size_t n = 0;
	enum rc rc = sql_query(db, &st, e,
	    "SELECT sql FROM sqlite_schema WHERE type = ? AND name = ?", "tt",
	    type, name);

	if (rc == RC_END)
		rc = report(type, name, "it is missing", e);
	else if (rc == RC_OK && !is_same(wanted, sql_text(st, 0))) {
		const char *const found = sql_text(st, 0);
		/* Show the definition from the first column that differs. */
		while (wanted[n] != '\0' && wanted[n] == found[n])
			n++;
		while (n > 0 && found[n] != ',' && found[n] != '(')
			n--;
		n += found[n] == ',' || found[n] == '(';
		rc = report(type, name, found + n, e);
	}
	sql_finish(st);
	return rc;
}

/* Refuse triggers and UNIQUE indexes that somebody added to a table of the
 * checkpoint. */
static enum rc
check_additions(
    struct sqlite3 *db, struct sqlite3 *made, const char *table, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	struct sqlite3_stmt *ours = NULL;
	enum rc rc = sql_prepare(db,
	    "SELECT type, name, sql FROM sqlite_schema WHERE tbl_name = ?1"
	    " COLLATE NOCASE AND (type = 'trigger' OR name IN (SELECT name FROM"
	    " pragma_index_list(?1) WHERE \"unique\" AND origin = 'c'))",
	    &st, e);

	if (rc == RC_OK)
		rc = sql_bind(st, e, "t", table);
	if (rc == RC_OK)
		rc = sql_prepare(made,
		    "SELECT 1 FROM sqlite_schema WHERE name = ?", &ours, e);
	while (rc == RC_OK && (rc = sql_step(st, e)) == RC_OK) {
		rc = sql_bind(ours, e, "t", sql_text(st, 1));
		if (rc == RC_OK)
			rc = sql_step(ours, e);
		if (rc == RC_END)
			rc = report(sql_text(st, 0), sql_text(st, 1),
			    sql_text(st, 2), e);
	}
	sql_finish(ours);
	sql_finish(st);
	return rc == RC_END ? RC_OK : rc;
}

enum rc
ddl_check(struct sqlite3 *db, const char *text, struct err *e)
{
	struct sqlite3 *made = NULL;
	struct sqlite3_stmt *ours = NULL;
	enum rc rc = RC_OK;

	if (sqlite3_open(":memory:", &made) != SQLITE_OK)
		rc = err_nomem(e);
	if (rc == RC_OK)
		rc = sql_exec(made, text, e);
	if (rc == RC_OK)
		rc = sql_prepare(made,
		    "SELECT type, name, sql FROM sqlite_schema"
		    " WHERE sql IS NOT NULL AND type IN ('table', 'index')",
		    &ours, e);
	while (rc == RC_OK && (rc = sql_step(ours, e)) == RC_OK) {
		rc = check_definition(db, ours, e);
		if (rc == RC_OK && strcmp(sql_text(ours, 0), "table") == 0)
			rc = check_additions(db, made, sql_text(ours, 1), e);
	}
	sql_finish(ours);
	(void)sqlite3_close(made);
	return rc == RC_END ? RC_OK : rc;
}
