/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <sqlite3.h>

#include "checkpoint/sql.h"

enum rc
sql_fail(struct sqlite3 *db, const char *what, struct err *e)
{
	const int code = sqlite3_extended_errcode(db) & 0xff;
	const bool has_errno = code == SQLITE_IOERR ||
			       code == SQLITE_CANTOPEN || code == SQLITE_FULL;
	const int sys = has_errno ? sqlite3_system_errno(db) : 0;
	const char *const name = sqlite3_db_filename(db, "main");
	const bool disk_full = sys == ENOSPC || sys == EDQUOT;
	enum rc rc = disk_full ? RC_RETRY : RC_FATAL;
	enum why why = WHY_FOREIGN;

	switch (code) {
	case SQLITE_FULL:
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		rc = RC_RETRY;
		why = WHY_SYSTEM;
		break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		rc = RC_FATAL;
		why = WHY_CORRUPT;
		break;
	case SQLITE_NOMEM:
		why = WHY_MEMORY;
		break;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
		why = WHY_SYSTEM;
		break;
	default:
		break;
	}
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
	/* The message does not quote the statement: the user cannot change it.
	 */
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		return sql_fail(db, "run a statement", e);
	return RC_OK;
}

enum rc
sql_prepare(struct sqlite3 *db, const char *text, struct sqlite3_stmt **out,
    struct err *e)
{
	*out = NULL;
	if (sqlite3_prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT, out,
		NULL) != SQLITE_OK)
		return sql_fail(db, "prepare a statement", e);
	return RC_OK;
}

void
sql_finish(struct sqlite3_stmt *statement)
{
	(void)sqlite3_finalize(statement);
}

static enum rc
end_text(struct buf *text, struct err *e)
{
	buf_byte(text, '\0');
	return text->full ? buf_fail(text, "an SQL statement", e) : RC_OK;
}

enum rc
sql_exec_buf(struct sqlite3 *db, struct buf *text, struct err *e)
{
	enum rc rc = end_text(text, e);

	if (rc == RC_OK)
		rc = sql_exec(db, (const char *)text->p, e);
	buf_reset(text);
	return rc;
}

enum rc
sql_prepare_buf(struct sqlite3 *db, struct buf *text, struct sqlite3_stmt **out,
    struct err *e)
{
	enum rc rc = end_text(text, e);

	if (rc == RC_OK)
		rc = sql_prepare(db, (const char *)text->p, out, e);
	buf_reset(text);
	return rc;
}

enum rc
sql_vbind(struct sqlite3_stmt *statement, struct err *e, const char *types,
    va_list values)
{
	int code = SQLITE_OK;
	struct span s;

	(void)sqlite3_reset(statement);
	for (int i = 0; types[i] != '\0' && code == SQLITE_OK; i++)
		switch (types[i]) {
		case 'i':
			code = sqlite3_bind_int64(
			    statement, i + 1, va_arg(values, int64_t));
			break;
		case 't':
			code = sqlite3_bind_text(statement, i + 1,
			    va_arg(values, const char *), -1, SQLITE_STATIC);
			break;
		case 's':
			s = va_arg(values, struct span);
			code = sqlite3_bind_text64(statement, i + 1,
			    (const char *)s.p, s.n, SQLITE_STATIC, SQLITE_UTF8);
			break;
		case 'b':
			s = va_arg(values, struct span);
			code = sqlite3_bind_blob64(
			    statement, i + 1, s.p, s.n, SQLITE_STATIC);
			break;
		default:
			code = SQLITE_MISUSE;
			break;
		}
	if (code != SQLITE_OK)
		return sql_fail(
		    sqlite3_db_handle(statement), "bind a value", e);
	return RC_OK;
}

enum rc
sql_bind(struct sqlite3_stmt *statement, struct err *e, const char *types, ...)
{
	va_list values;

	va_start(values, types);
	const enum rc rc = sql_vbind(statement, e, types, values);
	va_end(values);
	return rc;
}

enum rc
sql_step(struct sqlite3_stmt *statement, struct err *e)
{
	const int code = sqlite3_step(statement);
	enum rc rc = RC_END;

	if (code == SQLITE_ROW)
		return RC_OK;
	if (code != SQLITE_DONE)
		rc = sql_fail(
		    sqlite3_db_handle(statement), "run a statement", e);
	(void)sqlite3_reset(statement);
	return rc;
}

enum rc
sql_query(struct sqlite3 *db, struct sqlite3_stmt **out, struct err *e,
    const char *text, const char *types, ...)
{
	enum rc rc = sql_prepare(db, text, out, e);
	va_list values;

	va_start(values, types);
	if (rc == RC_OK)
		rc = sql_vbind(*out, e, types, values);
	va_end(values);
	return rc == RC_OK ? sql_step(*out, e) : rc;
}

const char *
sql_text(struct sqlite3_stmt *row, int column)
{
	const unsigned char *const s = sqlite3_column_text(row, column);

	return s == NULL ? "" : (const char *)s;
}

uint64_t
sql_u64(struct sqlite3_stmt *row, int column)
{
	return (uint64_t)sqlite3_column_int64(row, column);
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
