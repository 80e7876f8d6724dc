/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>

#include <sqlite3.h>

#include "checkpoint/batch_row.h"
#include "checkpoint/sql.h"
#include "checkpoint/statement.h"

/* The column `sum` is a checksum of the row. SQLite does not notice a flipped
 * bit in a value, and a batch with a wrong status might never be delivered. */
const char statement_tables[] =
    "CREATE TABLE _load_meta(name TEXT PRIMARY KEY NOT NULL, value TEXT)"
    " WITHOUT ROWID;"
    "CREATE TABLE _load_staging(id INTEGER PRIMARY KEY,"
    " digest TEXT NOT NULL UNIQUE, schema TEXT NOT NULL, name TEXT NOT NULL,"
    " added TEXT NOT NULL);"
    "CREATE TABLE _load_segment(id INTEGER PRIMARY KEY,"
    " sha256 TEXT NOT NULL UNIQUE, collection TEXT NOT NULL,"
    " skipped INTEGER NOT NULL);"
    "CREATE TABLE _load_batch(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " segment INTEGER NOT NULL REFERENCES _load_segment(id),"
    " offset INTEGER NOT NULL, length INTEGER NOT NULL,"
    " records INTEGER NOT NULL, key BLOB NOT NULL UNIQUE,"
    " status INTEGER NOT NULL, ambiguous INTEGER NOT NULL,"
    " already INTEGER NOT NULL, refused INTEGER NOT NULL,"
    " repeated INTEGER NOT NULL, conflicts INTEGER NOT NULL,"
    " stamp INTEGER NOT NULL, sum INTEGER NOT NULL);"
    "CREATE INDEX _load_batch_status ON _load_batch(status, id);"
    "CREATE INDEX _load_batch_segment ON _load_batch(segment, offset);"
    "CREATE TABLE _load_attempt(id INTEGER PRIMARY KEY,"
    " batch INTEGER NOT NULL REFERENCES _load_batch(id),"
    " begun TEXT NOT NULL, ended TEXT, outcome TEXT, http INTEGER,"
    " text TEXT, request_id TEXT);"
    "CREATE INDEX _load_attempt_batch ON _load_attempt(batch);"
    "CREATE TABLE _load_refused(segment INTEGER NOT NULL"
    " REFERENCES _load_segment(id), offset INTEGER NOT NULL,"
    " length INTEGER NOT NULL, http INTEGER NOT NULL, text TEXT,"
    " batch INTEGER NOT NULL REFERENCES _load_batch(id), request_id TEXT,"
    " added TEXT NOT NULL,"
    " PRIMARY KEY(segment, offset)) WITHOUT ROWID;"
    "CREATE INDEX _load_refused_batch ON _load_refused(batch);";

/* A "+" before a column keeps SQLite from using the index of that column:
 * without statistics it may prefer an index that selects little. */
static const char *const texts[STATEMENTS] = {
	[STATEMENT_STAGING_FIND] =
	    "SELECT id FROM _load_staging WHERE digest = ?",
	[STATEMENT_STAGING_COUNT] =
	    "SELECT count(*), min(name) FROM _load_staging",
	[STATEMENT_STAGING_ADD] =
	    "INSERT INTO _load_staging(digest, schema, name, added)"
	    " VALUES(?, ?, ?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
	[STATEMENT_STAGING_EACH] = "SELECT digest FROM _load_staging",
	[STATEMENT_SEGMENT_FIND] =
	    "SELECT id, EXISTS(SELECT 1 FROM _load_batch WHERE segment ="
	    " _load_segment.id), collection, skipped"
	    " FROM _load_segment WHERE sha256 = ?",
	[STATEMENT_SEGMENT_ADD] =
	    "INSERT INTO _load_segment(sha256, collection, skipped)"
	    " VALUES(?, '', 0)",
	[STATEMENT_SEGMENT_SET] =
	    "UPDATE _load_segment SET collection = ?, skipped = ?"
	    " WHERE id = ?",
	[STATEMENT_SCOPE_ADD] = "INSERT INTO temp._load_run(segment) VALUES(?)",
	[STATEMENT_SCOPE_HAS] =
	    "SELECT 1 FROM temp._load_run WHERE segment = ?",
	[STATEMENT_SCOPE_FIND] =
	    "SELECT s.id FROM temp._load_run r JOIN _load_segment s"
	    " ON s.id = r.segment WHERE sha256 = ?",
	[STATEMENT_BATCH_ADD] =
	    "INSERT INTO _load_batch(segment, offset, length, records, key,"
	    " status, ambiguous, already, refused, repeated, conflicts, stamp,"
	    " sum) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
	[STATEMENT_BATCH_UPDATE] =
	    "UPDATE _load_batch SET status = ?, ambiguous = ?, already = ?,"
	    " refused = ?, repeated = ?, conflicts = ?, stamp = ?, sum = ?"
	    " WHERE id = ?",
	[STATEMENT_BATCH_NEXT] =
	    "SELECT " BATCH_ROW_COLUMNS " FROM _load_batch b"
	    " WHERE status = 0 AND id > ? AND (ambiguous = 0 OR ?) AND +segment"
	    " IN (SELECT segment FROM temp._load_run) ORDER BY id LIMIT 1",
	[STATEMENT_BATCH_NEXT_OF_SEGMENT] =
	    "SELECT " BATCH_ROW_COLUMNS " FROM _load_batch b"
	    " WHERE +status IN (0, 1) AND segment = ? AND offset >= ?"
	    " ORDER BY offset LIMIT 1",
	[STATEMENT_BATCH_AT] =
	    "SELECT " BATCH_ROW_COLUMNS " FROM _load_batch b"
	    " WHERE +status <> 4 AND segment ="
	    " (SELECT id FROM _load_segment WHERE sha256 = ?) AND offset <= ?"
	    " ORDER BY offset DESC LIMIT 1",
	[STATEMENT_BATCH_UNANSWERED] =
	    "SELECT " BATCH_ROW_COLUMNS " FROM _load_batch b"
	    " WHERE status = 1 AND +segment IN"
	    " (SELECT segment FROM temp._load_run) ORDER BY id LIMIT 1",
	/* evtxload would refuse a batch that it refused itself (http = 0)
	 * again. NOT INDEXED: in the order of the rowid all calls together read
	 * the table once. */
	[STATEMENT_BATCH_REFUSED] =
	    "SELECT " BATCH_ROW_COLUMNS " FROM _load_batch b NOT INDEXED"
	    " WHERE id > ? AND refused > 0 AND (status = 2 OR (status = 3 AND"
	    " EXISTS(SELECT 1 FROM _load_refused r WHERE"
	    " r.batch = b.id AND http <> 0))) AND segment IN"
	    " (SELECT segment FROM temp._load_run) ORDER BY id LIMIT 1",
	[STATEMENT_ATTEMPT_BEGIN] =
	    "INSERT INTO _load_attempt(batch, begun)"
	    " VALUES(?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
	[STATEMENT_ATTEMPT_END] =
	    "UPDATE _load_attempt SET outcome = ?, http = ?, text = ?,"
	    " request_id = ?,"
	    " ended = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
	    " WHERE batch = ? AND outcome IS NULL",
	[STATEMENT_REFUSAL_ADD] =
	    "INSERT INTO _load_refused(segment, offset, length, http, text,"
	    " batch, request_id, added) VALUES(?, ?, ?, ?, ?, ?, ?,"
	    " strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) ON CONFLICT DO NOTHING",
	[STATEMENT_REFUSAL_REMOVE] =
	    "DELETE FROM _load_refused WHERE batch = ?",
	[STATEMENT_META_SET] =
	    "INSERT OR REPLACE INTO _load_meta(name, value) VALUES(?, ?)",
};

static enum rc
query(struct checkpoint *c, enum statement which, struct err *e,
    const char *types, va_list values)
{
	struct sqlite3_stmt **const st = &c->prepared[which];
	enum rc rc = RC_OK;

	if (*st == NULL)
		rc = sql_prepare(c->db, texts[which], st, e);
	if (rc == RC_OK)
		rc = sql_vbind(*st, e, types, values);
	return rc == RC_OK ? sql_step(*st, e) : rc;
}

enum rc
statement_query(struct checkpoint *c, enum statement which,
    struct sqlite3_stmt **row, struct err *e, const char *types, ...)
{
	va_list values;

	va_start(values, types);
	const enum rc rc = query(c, which, e, types, values);
	va_end(values);
	*row = c->prepared[which];
	return rc;
}

enum rc
statement_run(struct checkpoint *c, enum statement which, struct err *e,
    const char *types, ...)
{
	va_list values;

	va_start(values, types);
	const enum rc rc = query(c, which, e, types, values);
	va_end(values);
	if (rc == RC_OK)
		(void)sqlite3_reset(c->prepared[which]);
	return rc == RC_END ? RC_OK : rc;
}

void
statement_finish_all(struct checkpoint *c)
{
	for (int i = 0; i < STATEMENTS; i++)
		sql_finish(c->prepared[i]);
}
