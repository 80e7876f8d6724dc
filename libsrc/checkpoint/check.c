/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a checkpoint holds together: what SQLite can tell about its pages,
 * then the sum of every batch, then that every segment is covered.
 */
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "checkpoint/inner.h"

enum rc
batch_row_sum(const struct batch *b, int64_t *sum, struct err *e)
{
	const uint64_t parts[] = { (uint64_t)b->id, (uint64_t)b->segment,
		b->offset, b->length, b->records, (uint64_t)b->status,
		b->ambiguous, b->already, b->refused, b->repeated, b->conflicts,
		(uint64_t)b->stamp };
	uint8_t bytes[sizeof(parts) + DIGEST_BYTES];
	uint8_t out[DIGEST_BYTES];
	uint64_t v = 0;

	for (size_t i = 0; i < sizeof(parts); i++)
		bytes[i] = (uint8_t)(parts[i / 8] >> (8 * (i % 8)));
	memcpy(bytes + sizeof(parts), b->key, DIGEST_BYTES);
	const enum rc rc = digest_once(span_of(bytes, sizeof(bytes)), out, e);
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < 7; i++)
		v = v << 8 | out[i];
	*sum = (int64_t)v;
	return RC_OK;
}

enum rc
batch_row_read(struct sqlite3_stmt *row, struct batch *b, struct err *e)
{
	const void *const key = sqlite3_column_blob(row, 5);
	const int bytes = sqlite3_column_bytes(row, 5);
	int64_t sum = 0;

	memset(b, 0, sizeof(*b));
	b->id = sqlite3_column_int64(row, 0);
	b->segment = sqlite3_column_int64(row, 1);
	b->offset = (uint64_t)sqlite3_column_int64(row, 2);
	b->length = (uint64_t)sqlite3_column_int64(row, 3);
	b->records = (uint64_t)sqlite3_column_int64(row, 4);
	if (key != NULL && bytes == DIGEST_BYTES)
		memcpy(b->key, key, DIGEST_BYTES);
	b->status = (enum batch_status)sqlite3_column_int(row, 6);
	b->ambiguous = sqlite3_column_int(row, 7) != 0;
	b->already = (uint64_t)sqlite3_column_int64(row, 8);
	b->refused = (uint64_t)sqlite3_column_int64(row, 9);
	b->repeated = (uint64_t)sqlite3_column_int64(row, 10);
	b->conflicts = (uint64_t)sqlite3_column_int64(row, 11);
	b->stamp = sqlite3_column_int64(row, 12);
	const enum rc rc = batch_row_sum(b, &sum, e);
	if (rc == RC_OK && sum != sqlite3_column_int64(row, 13))
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "the checkpoint was damaged: batch %lld does not match "
		    "its sum; restore it from a copy",
		    (long long)b->id);
	return rc;
}

/* Run a statement whose first row, if it has one, is a complaint. */
static enum rc
must_be_empty(struct checkpoint *s, const char *text, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = sql_prepare(s->db, text, &st, e);

	if (rc == RC_OK)
		rc = sql_step(st, e);
	if (rc == RC_OK)
		rc = err_set(e, RC_FATAL, WHY_CORRUPT,
		    "the checkpoint was damaged: %.300s; restore it from a "
		    "copy",
		    sql_text(st, 0));
	sql_finish(st);
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
check_pages(struct checkpoint *s, struct err *e)
{
	static const char *const tables[] = { "_load_meta", "_load_staging",
		"_load_segment", "_load_batch", "_load_attempt",
		"_load_refused" };
	enum rc rc = RC_OK;

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		char text[200];
		(void)snprintf(text, sizeof(text),
		    "SELECT integrity_check FROM pragma_integrity_check('%s')"
		    " WHERE integrity_check <> 'ok'",
		    tables[i]);
		if (rc == RC_OK)
			rc = must_be_empty(s, text, e);
	}
	return rc;
}

/* The key tells that the segment is still the one that was planned. */
static enum rc
check_key(struct sqlite3_stmt *row, const struct batch *b, struct err *e)
{
	const char *const sha256 = (const char *)sqlite3_column_text(row, 14);
	uint8_t key[DIGEST_BYTES] = { 0 };
	const enum rc rc =
	    sha256 == NULL ? RC_OK : batch_row_key(sha256, b, key, e);

	if (rc != RC_OK || memcmp(key, b->key, sizeof(key)) == 0)
		return rc;
	return err_set(e, RC_FATAL, WHY_CORRUPT,
	    "the checkpoint was damaged: batch %lld is of another segment; "
	    "restore it from a copy",
	    (long long)b->id);
}

static enum rc
check_rows(struct checkpoint *s, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	struct batch b;
	enum rc rc = sql_prepare(s->db,
	    "SELECT b.id, segment, offset, length, records, key, status,"
	    " ambiguous, already, refused, repeated, conflicts, stamp, sum,"
	    " sha256"
	    " FROM _load_batch b"
	    " LEFT JOIN _load_segment s ON s.id = segment",
	    &st, e);

	while (rc == RC_OK) {
		rc = sql_step(st, e);
		if (rc == RC_OK)
			rc = batch_row_read(st, &b, e);
		if (rc == RC_OK)
			rc = check_key(st, &b, e);
	}
	sql_finish(st);
	return rc == RC_END ? RC_OK : rc;
}

/* A batch that lost its row would never be sent: the living ones of a segment
 * must lie end to end from its start. */
static const char gaps[] =
    "SELECT 'a batch of segment ' || segment || ' is missing at byte ' || due"
    " FROM (SELECT segment, offset, coalesce(lag(offset + length)"
    " OVER (PARTITION BY segment ORDER BY offset), 0) AS due"
    " FROM _load_batch WHERE status <> 4) WHERE offset <> due LIMIT 1";

/* Batches are numbered without a gap and never taken away; else a segment
 * whose batches are all gone would be sent again. */
static const char numbers[] =
    "SELECT 'there are ' || n || ' batches, numbered to ' || top FROM"
    " (SELECT count(*) AS n, coalesce((SELECT seq FROM sqlite_sequence"
    " WHERE name = '_load_batch'), 0) AS top FROM _load_batch)"
    " WHERE n <> top";

static const char attempts[] =
    "SELECT 'there are ' || n || ' attempts, numbered to ' || top FROM"
    " (SELECT count(*) AS n, coalesce(max(id), 0) AS top FROM _load_attempt)"
    " WHERE n <> top";

/* Every record that a batch says was refused, and no other. */
static const char refused[] =
    "SELECT 'batch ' || b.id || ' has ' || refused || ' refused records, '"
    " || coalesce(n, 0) || ' are there' FROM _load_batch b LEFT JOIN"
    " (SELECT batch, count(*) AS n FROM _load_refused GROUP BY batch) r"
    " ON r.batch = b.id WHERE status <> 4 AND refused <> coalesce(n, 0)"
    " LIMIT 1";

static const char strangers[] =
    "SELECT 'an attempt or a refusal is of no batch' WHERE EXISTS"
    " (SELECT 1 FROM _load_attempt WHERE batch NOT IN"
    " (SELECT id FROM _load_batch)) OR EXISTS (SELECT 1 FROM _load_refused"
    " WHERE batch NOT IN (SELECT id FROM _load_batch WHERE status <> 4))";

/* "EVTX"; the header has no other words that SQLite does not look at. */
const char integrity_mark[] =
    "PRAGMA application_id = 1163285592; PRAGMA user_version = 1";
static const char marked[] =
    "SELECT 'its header was changed' FROM pragma_application_id,"
    " pragma_user_version WHERE application_id <> 1163285592"
    " OR user_version <> 1";

enum rc
integrity_check(struct checkpoint *s, bool embedded, struct err *e)
{
	static const char *const all[] = { gaps, numbers, attempts, refused,
		strangers };
	enum rc rc = embedded ? RC_OK : must_be_empty(s, marked, e);

	if (rc == RC_OK)
		rc = check_pages(s, e);

	if (rc == RC_OK)
		rc = check_rows(s, e);
	for (size_t i = 0; rc == RC_OK && i < sizeof(all) / sizeof(*all); i++)
		rc = must_be_empty(s, all[i], e);
	return rc;
}
