/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <sqlite3.h>

#include "checkpoint/batch_row.h"
#include "checkpoint/integrity.h"
#include "checkpoint/sql.h"

/* "EVTX" in ASCII. SQLite checks every field of a database header except the
 * application id and the user version. */
#define APPLICATION_ID "1163285592"

enum rc
integrity_mark(struct sqlite3 *db, struct err *e)
{
	return sql_exec(db,
	    "PRAGMA application_id = " APPLICATION_ID
	    "; PRAGMA user_version = 1",
	    e);
}

#define CHECK_TABLE(name) \
	"SELECT integrity_check FROM pragma_integrity_check('" name "')" \
	" WHERE integrity_check <> 'ok'"

static const char header[] =
    "SELECT 'its header was changed' FROM pragma_application_id,"
    " pragma_user_version WHERE application_id <> " APPLICATION_ID
    " OR user_version <> 1";

static const char *const pages[] = { CHECK_TABLE("_load_meta"),
	CHECK_TABLE("_load_staging"), CHECK_TABLE("_load_segment"),
	CHECK_TABLE("_load_batch"), CHECK_TABLE("_load_attempt"),
	CHECK_TABLE("_load_refused") };

static const char *const completeness[] = {
	/* The batches of a segment, except split ones, cover it from its start
	 * without gaps: a missing batch would never be sent. */
	"SELECT 'a batch of segment ' || segment || ' is missing at byte '"
	" || due FROM (SELECT segment, offset, coalesce(lag(offset + length)"
	" OVER (PARTITION BY segment ORDER BY offset), 0) AS due"
	" FROM _load_batch WHERE status <> 4) WHERE offset <> due LIMIT 1",
	/* Batches are numbered without gaps and never deleted. Without this
	 * check a segment that lost all its batches would be sent again. */
	"SELECT 'it has ' || n || ' batches, but their numbers go up to '"
	" || top FROM"
	" (SELECT count(*) AS n, coalesce((SELECT seq FROM sqlite_sequence"
	" WHERE name = '_load_batch'), 0) AS top FROM _load_batch)"
	" WHERE n <> top",
	"SELECT 'it has ' || n || ' attempts, but their numbers go up to '"
	" || top FROM"
	" (SELECT count(*) AS n, coalesce(max(id), 0) AS top"
	" FROM _load_attempt) WHERE n <> top",
	"SELECT 'batch ' || b.id || ' has ' || refused || ' refused records, "
	"but '"
	" || coalesce(n, 0) || ' are stored' FROM _load_batch b LEFT JOIN"
	" (SELECT batch, count(*) AS n FROM _load_refused GROUP BY batch) r"
	" ON r.batch = b.id WHERE status <> 4 AND refused <> coalesce(n, 0)"
	" LIMIT 1",
	"SELECT 'an attempt or a refusal belongs to no batch' WHERE EXISTS"
	" (SELECT 1 FROM _load_attempt WHERE batch NOT IN"
	" (SELECT id FROM _load_batch)) OR EXISTS"
	" (SELECT 1 FROM _load_refused WHERE batch NOT IN"
	" (SELECT id FROM _load_batch WHERE status <> 4))",
};

/* Run checks. Each is a query that returns no row if the checkpoint is intact;
 * otherwise the first row says what is wrong. */
static enum rc
check_queries(
    struct sqlite3 *db, const char *const *queries, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct sqlite3_stmt *st = NULL;
		enum rc rc = sql_query(db, &st, e, queries[i], "");

		if (rc == RC_OK)
			rc = err_set(e, RC_FATAL, WHY_CORRUPT,
			    "the checkpoint is damaged: %.300s; restore it "
			    "from a copy",
			    sql_text(st, 0));
		sql_finish(st);
		if (rc != RC_END)
			return rc;
	}
	return RC_OK;
}

/* Check the checksum and the key of each batch. The key proves that the batch
 * still belongs to the segment for which it was planned. */
static enum rc
check_batches(struct sqlite3 *db, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = sql_prepare(db,
	    "SELECT " BATCH_ROW_COLUMNS ", sha256 FROM _load_batch b"
	    " LEFT JOIN _load_segment s ON s.id = segment",
	    &st, e);

	while (rc == RC_OK && (rc = sql_step(st, e)) == RC_OK) {
		uint8_t key[DIGEST_BYTES] = { 0 };
		struct batch b;

		rc = batch_row_read(st, &b, e);
		const char *const sha256 =
		    (const char *)sqlite3_column_text(st, BATCH_ROW_N);
		if (rc == RC_OK && sha256 != NULL)
			rc = batch_row_key(sha256, &b, key, e);
		if (rc == RC_OK && memcmp(key, b.key, sizeof(key)) != 0)
			rc = err_set(e, RC_FATAL, WHY_CORRUPT,
			    "the checkpoint is damaged: batch %lld does not "
			    "belong to its segment; restore it from a copy",
			    (long long)b.id);
	}
	sql_finish(st);
	return rc == RC_END ? RC_OK : rc;
}

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

enum rc
integrity_check(struct sqlite3 *db, bool embedded, struct err *e)
{
	const char *const mark[] = { header };
	enum rc rc = check_queries(db, mark, embedded ? 0 : 1, e);

	if (rc == RC_OK)
		rc = check_queries(db, pages, COUNT(pages), e);
	if (rc == RC_OK)
		rc = check_batches(db, e);
	if (rc == RC_OK)
		rc = check_queries(db, completeness, COUNT(completeness), e);
	return rc;
}
