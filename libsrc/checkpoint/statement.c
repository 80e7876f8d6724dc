/* SPDX-License-Identifier: Apache-2.0 */
#include "checkpoint/inner.h"

/* `sum` guards a row against what SQLite itself does not notice: a flipped
 * status would make us skip a batch that never arrived. */
const char statement_tables[] =
    "CREATE TABLE _load_meta(name TEXT PRIMARY KEY NOT NULL, value TEXT)"
    " WITHOUT ROWID;"
    "CREATE TABLE _load_staging(id INTEGER PRIMARY KEY,"
    " digest TEXT NOT NULL UNIQUE, schema TEXT NOT NULL, name TEXT NOT NULL,"
    " added TEXT NOT NULL);"
    "CREATE TABLE _load_segment(id INTEGER PRIMARY KEY,"
    " sha256 TEXT NOT NULL UNIQUE);"
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

/* The columns that batch_row_read() reads. */
#define BATCH \
	"id, segment, offset, length, records, key, status, ambiguous," \
	" already, refused, repeated, conflicts, stamp, sum"

/* Keep in the order of enum statement. A "+" keeps SQLite from using the index
 * of a column: without statistics it may prefer one that selects little. */
static const char *const texts[SQL_COUNT] = {
	[SQL_STAGING_FIND] = "SELECT id FROM _load_staging WHERE digest = ?",
	[SQL_STAGING_COUNT] = "SELECT count(*), min(name) FROM _load_staging",
	[SQL_STAGING_ADD] =
	    "INSERT INTO _load_staging(digest, schema, name, added)"
	    " VALUES(?, ?, ?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
	[SQL_SEGMENT_FIND] =
	    "SELECT id, EXISTS(SELECT 1 FROM _load_batch WHERE segment ="
	    " _load_segment.id) FROM _load_segment WHERE sha256 = ?",
	[SQL_SEGMENT_ADD] = "INSERT INTO _load_segment(sha256) VALUES(?)",
	[SQL_STAGING_EACH] = "SELECT digest FROM _load_staging",
	[SQL_RUN_ADD] = "INSERT INTO temp._load_run(segment) VALUES(?)",
	[SQL_RUN_HAS] = "SELECT 1 FROM temp._load_run WHERE segment = ?",
	[SQL_RUN_FIND] =
	    "SELECT s.id FROM temp._load_run r JOIN _load_segment s"
	    " ON s.id = r.segment WHERE sha256 = ?",
	[SQL_BATCH_ADD] =
	    "INSERT INTO _load_batch(segment, offset, length, records, key,"
	    " status, ambiguous, already, refused, repeated, conflicts, stamp,"
	    " sum) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
	[SQL_BATCH_NEXT] =
	    "SELECT " BATCH " FROM _load_batch"
	    " WHERE status = 0 AND id > ? AND (ambiguous = 0 OR ?) AND +segment"
	    " IN (SELECT segment FROM temp._load_run) ORDER BY id LIMIT 1",
	[SQL_BATCH_LEFT] =
	    "SELECT " BATCH " FROM _load_batch"
	    " WHERE +status IN (0, 1) AND segment = ? AND offset >= ?"
	    " ORDER BY offset LIMIT 1",
	[SQL_BATCH_SENT] =
	    "SELECT " BATCH " FROM _load_batch"
	    " WHERE status = 1 AND +segment IN"
	    " (SELECT segment FROM temp._load_run) ORDER BY id LIMIT 1",
	/* A record over the limit would be refused again. In order of the
	 * rowid, so that all calls together are one pass over the table. */
	[SQL_BATCH_DEAD] =
	    "SELECT " BATCH " FROM _load_batch NOT INDEXED"
	    " WHERE id > ? AND refused > 0 AND (status = 2 OR (status = 3 AND"
	    " EXISTS(SELECT 1 FROM _load_refused r WHERE"
	    " r.batch = _load_batch.id AND http <> 0))) AND segment IN"
	    " (SELECT segment FROM temp._load_run) ORDER BY id LIMIT 1",
	[SQL_BATCH_PUT] =
	    "UPDATE _load_batch SET status = ?, ambiguous = ?, already = ?,"
	    " refused = ?, repeated = ?, conflicts = ?, stamp = ?, sum = ?"
	    " WHERE id = ?",
	[SQL_ATTEMPT_ADD] = "INSERT INTO _load_attempt(batch, begun)"
			    " VALUES(?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
	[SQL_ATTEMPT_END] =
	    "UPDATE _load_attempt SET outcome = ?, http = ?, text = ?,"
	    " request_id = ?,"
	    " ended = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
	    " WHERE batch = ? AND outcome IS NULL",
	[SQL_REFUSED_ADD] =
	    "INSERT INTO _load_refused(segment, offset, length, http, text,"
	    " batch, request_id, added) VALUES(?, ?, ?, ?, ?, ?, ?,"
	    " strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) ON CONFLICT DO NOTHING",
	[SQL_REFUSED_DROP] = "DELETE FROM _load_refused WHERE batch = ?",
	[SQL_META_PUT] = "INSERT OR REPLACE INTO _load_meta(name, value)"
			 " VALUES(?, ?)",
};

enum rc
statement_use(struct checkpoint *s, enum statement which,
    struct sqlite3_stmt **out, struct err *e)
{
	if (s->kept[which] == NULL) {
		const enum rc rc =
		    sql_prepare(s->db, texts[which], &s->kept[which], e);
		if (rc != RC_OK)
			return rc;
	}
	*out = s->kept[which];
	return RC_OK;
}

void
statement_finish_all(struct checkpoint *s)
{
	for (int i = 0; i < SQL_COUNT; i++)
		sql_finish(s->kept[i]);
}
