/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "checkpoint/sql.h"
#include "sink/sqlite_audit.h"
#include "sink/sqlite_text.h"

#define STATEMENT_MAX 512

static enum rc
count(struct sqlite3 *db, const char *table, const char *suffix, uint64_t *n,
    struct err *e)
{
	char text[STATEMENT_MAX];
	struct sqlite3_stmt *st = NULL;

	/* Without WHERE it is the smallest index that SQLite reads. */
	(void)snprintf(text, sizeof(text), "SELECT count(*) FROM \"%.200s%s\"",
	    table, suffix);
	enum rc rc = sql_prepare(db, text, &st, e);
	if (rc == RC_OK)
		rc = sql_step(st, e);
	if (rc == RC_OK)
		*n = (uint64_t)sqlite3_column_int64(st, 0);
	sql_finish(st);
	return rc;
}

enum rc
sqlite_audit_count(struct sqlite3 *db, const char *table,
    struct sink_size *size, struct err *e)
{
	const enum rc rc = count(db, table, "", &size->rows, e);

	if (rc != RC_OK)
		return rc;
	return count(db, table, SQLITE_CONFLICTS, &size->conflicts, e);
}

enum rc
sqlite_audit_prepare(struct sqlite3 *db, const char *table,
    struct sqlite3_stmt **out, struct err *e)
{
	char text[STATEMENT_MAX];

	(void)snprintf(text, sizeof(text),
	    "SELECT _Segment, _Offset FROM \"%.200s\" WHERE " SQLITE_KEY
	    " = json_extract(?, '$." SQLITE_KEY "')",
	    table);
	return sql_prepare(db, text, out, e);
}

enum rc
sqlite_audit_origin(struct sqlite3_stmt *find, const struct sink_lines *from,
    struct span line, struct sink_written *done, struct err *e)
{
	const uint64_t offset =
	    from->offset + (uint64_t)(line.p - from->text.p);
	bool ours = false;
	enum rc rc = sql_bind(find, e, "s", line);

	if (rc == RC_OK)
		rc = sql_step(find, e);
	/* Without a key, the place in the segment is what tells rows apart. */
	bool own = rc == RC_END;
	if (rc == RC_OK) {
		const char *const segment = sql_text(find, 0);
		own = strcmp(segment, from->segment) == 0 &&
		      (uint64_t)sqlite3_column_int64(find, 1) == offset;
		if (!own && done->is_ours != NULL)
			rc = done->is_ours(done->arg, segment, &ours, e);
	}
	(void)sqlite3_reset(find);
	done->own += own;
	done->repeated += !own && ours;
	done->already += !own && !ours;
	return rc == RC_END ? RC_OK : rc;
}
