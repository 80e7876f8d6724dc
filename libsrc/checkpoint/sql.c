/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <sqlite3.h>

#include "checkpoint/sql.h"
#include "util/span.h"

/* What the code of a failure means to the caller. */
static enum why
why_of(int code, int sys, enum rc *rc)
{
	*rc = RC_FATAL;
	if (sys == ENOSPC || sys == EDQUOT)
		*rc = RC_RETRY;
	switch (code & 0xff) {
	case SQLITE_FULL:
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		*rc = RC_RETRY;
		return WHY_SYSTEM;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		*rc = RC_FATAL;
		return WHY_CORRUPT;
	case SQLITE_NOMEM:
		return WHY_MEMORY;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
		return WHY_SYSTEM;
	default:
		return WHY_FOREIGN;
	}
}

enum rc
sql_fail(struct sqlite3 *db, const char *what, struct err *e)
{
	const int code = sqlite3_extended_errcode(db);
	const bool ground = (code & 0xff) == SQLITE_IOERR ||
			    (code & 0xff) == SQLITE_CANTOPEN ||
			    (code & 0xff) == SQLITE_FULL;
	const int sys = ground ? sqlite3_system_errno(db) : 0;
	const char *const name = sqlite3_db_filename(db, "main");
	enum rc rc = RC_FATAL;
	const enum why why = why_of(code, sys, &rc);

	(void)err_set(e, rc, why, "%s: %s: %s%s%s",
	    name != NULL && *name != '\0' ? name : "database", what,
	    sqlite3_errmsg(db), sys != 0 ? ": " : "",
	    sys != 0 ? strerror(sys) : "");
	e->sys = sys;
	return rc;
}

enum rc
sql_exec(struct sqlite3 *db, const char *text, struct err *e)
{
	/* The statement is of no use to the one who reads the message. */
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		return sql_fail(db, "work on it", e);
	return RC_OK;
}

enum rc
sql_prepare(struct sqlite3 *db, const char *text, struct sqlite3_stmt **out,
    struct err *e)
{
	*out = NULL;
	if (sqlite3_prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT, out,
		NULL) != SQLITE_OK)
		return sql_fail(db, "read", e);
	return RC_OK;
}

void
sql_finish(struct sqlite3_stmt *statement)
{
	(void)sqlite3_finalize(statement);
}

static int
bind_one(struct sqlite3_stmt *st, int at, char how, va_list *ap)
{
	struct span s;

	switch (how) {
	case 'i':
		return sqlite3_bind_int64(st, at, va_arg(*ap, int64_t));
	case 't':
		return sqlite3_bind_text(
		    st, at, va_arg(*ap, const char *), -1, SQLITE_STATIC);
	case 's':
		s = va_arg(*ap, struct span);
		return sqlite3_bind_text64(
		    st, at, (const char *)s.p, s.n, SQLITE_STATIC, SQLITE_UTF8);
	case 'b':
		s = va_arg(*ap, struct span);
		return sqlite3_bind_blob64(st, at, s.p, s.n, SQLITE_STATIC);
	default:
		return SQLITE_MISUSE;
	}
}

enum rc
sql_bind(struct sqlite3_stmt *statement, struct err *e, const char *how, ...)
{
	int code = SQLITE_OK;
	va_list ap;

	(void)sqlite3_reset(statement);
	va_start(ap, how);
	for (int i = 0; how[i] != '\0' && code == SQLITE_OK; i++)
		code = bind_one(statement, i + 1, how[i], &ap);
	va_end(ap);
	if (code != SQLITE_OK)
		return sql_fail(sqlite3_db_handle(statement), "bind", e);
	return RC_OK;
}

enum rc
sql_step(struct sqlite3_stmt *statement, struct err *e)
{
	switch (sqlite3_step(statement)) {
	case SQLITE_ROW:
		return RC_OK;
	case SQLITE_DONE:
		(void)sqlite3_reset(statement);
		return RC_END;
	default:
		break;
	}
	const enum rc rc =
	    sql_fail(sqlite3_db_handle(statement), "work on it", e);
	(void)sqlite3_reset(statement);
	return rc;
}

const char *
sql_text(struct sqlite3_stmt *statement, int at)
{
	const unsigned char *const s = sqlite3_column_text(statement, at);

	return s == NULL ? "" : (const char *)s;
}

enum rc
sql_run(struct sqlite3_stmt *statement, struct err *e)
{
	const enum rc rc = sql_step(statement, e);

	if (rc == RC_OK)
		(void)sqlite3_reset(statement);
	return rc == RC_END ? RC_OK : rc;
}

const char *
sql_version(void)
{
	return sqlite3_libversion();
}
