/* SPDX-License-Identifier: Apache-2.0 */
#include <sqlite3.h>

#include "checkpoint/inner.h"

static uint64_t
number(struct sqlite3_stmt *st, int at)
{
	return (uint64_t)sqlite3_column_int64(st, at);
}

static enum rc
each_staging(
    struct checkpoint *s, const struct history_visitor *each, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = sql_prepare(s->db,
	    "SELECT digest, schema, name FROM _load_staging ORDER BY id", &st,
	    e);

	while (rc == RC_OK) {
		rc = sql_step(st, e);
		if (rc != RC_OK)
			break;
		const struct scope_staging one = { sql_text(st, 0),
			sql_text(st, 1), sql_text(st, 2), false, NULL, NULL };
		rc = each->staging(each->arg, &one);
	}
	sql_finish(st);
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
each_refusal(
    struct checkpoint *s, const struct history_visitor *each, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = sql_prepare(s->db,
	    "SELECT r.segment, offset, length, http, text, sha256, batch,"
	    " request_id, added, (SELECT lower(hex(key)) FROM _load_batch b"
	    " WHERE b.id = r.batch) FROM _load_refused r JOIN _load_segment s"
	    " ON s.id = r.segment ORDER BY r.segment, offset",
	    &st, e);

	while (rc == RC_OK) {
		rc = sql_step(st, e);
		if (rc != RC_OK)
			break;
		const struct batch_refusal one = { (int64_t)number(st, 0),
			number(st, 1), number(st, 2), (long)number(st, 3),
			sql_text(st, 4), (int64_t)number(st, 6),
			sql_text(st, 7), sql_text(st, 8), sql_text(st, 9) };
		rc = each->refusal(each->arg, &one, sql_text(st, 5), e);
	}
	sql_finish(st);
	return rc == RC_END ? RC_OK : rc;
}

/* --- attempts ------------------------------------------------------------ */

#define BATCH \
	"b.id, b.segment, b.offset, b.length, b.records, b.key, b.status," \
	" b.ambiguous, b.already, b.refused, b.repeated, b.conflicts," \
	" b.stamp, b.sum, s.sha256"

static const char attempts[] =
    "SELECT " BATCH ", row_number() OVER (PARTITION BY a.batch ORDER BY a.id),"
    " a.begun, a.ended, a.outcome, a.http, a.text, a.request_id"
    " FROM _load_attempt a JOIN _load_batch b ON b.id = a.batch"
    " JOIN _load_segment s ON s.id = b.segment ORDER BY a.id";

static const char doubts[] =
    "SELECT " BATCH ", count(a.id), min(a.begun), max(a.ended),"
    " group_concat(a.outcome, ' '), max(a.http), '', max(a.request_id)"
    " FROM _load_batch b JOIN _load_segment s ON s.id = b.segment"
    " LEFT JOIN _load_attempt a ON a.batch = b.id"
    " WHERE b.ambiguous AND b.status <> 4 GROUP BY b.id ORDER BY b.id";

static enum rc
tell_attempt(struct sqlite3_stmt *st,
    enum rc (*tell)(void *, const struct batch_attempt *, struct err *),
    void *arg, struct err *e)
{
	struct batch b;
	const enum rc rc = batch_row_read(st, &b, e);
	const struct batch_attempt one = { &b, sql_text(st, 14), number(st, 15),
		sql_text(st, 16), sql_text(st, 17),
		{ sql_text(st, 18), (long)number(st, 19), sql_text(st, 20),
		    sql_text(st, 21) } };

	return rc == RC_OK ? tell(arg, &one, e) : rc;
}

static enum rc
each_attempt(struct checkpoint *s, const char *query,
    enum rc (*tell)(void *, const struct batch_attempt *, struct err *),
    void *arg, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = sql_prepare(s->db, query, &st, e);

	while (rc == RC_OK) {
		rc = sql_step(st, e);
		if (rc == RC_OK)
			rc = tell_attempt(st, tell, arg, e);
	}
	sql_finish(st);
	return rc == RC_END ? RC_OK : rc;
}

enum rc
history_visit(
    struct checkpoint *s, const struct history_visitor *each, struct err *e)
{
	enum rc rc = RC_OK;

	if (each->target != NULL)
		rc = meta_target(s, each->target, each->arg, e);
	if (rc == RC_OK && each->staging != NULL)
		rc = each_staging(s, each, e);
	if (rc == RC_OK && each->refusal != NULL)
		rc = each_refusal(s, each, e);
	if (rc == RC_OK && each->attempt != NULL)
		rc = each_attempt(s, attempts, each->attempt, each->arg, e);
	if (rc == RC_OK && each->ambiguous != NULL)
		rc = each_attempt(s, doubts, each->ambiguous, each->arg, e);
	return rc;
}

/* --- the last attempts --------------------------------------------------- */

/* Newest first, so that those before need not be looked at. */
static const char recent[] =
    "SELECT CAST(round((julianday('now') - julianday(a.begun)) * 86400000)"
    " AS INTEGER), b.length FROM _load_attempt a JOIN _load_batch b"
    " ON b.id = a.batch ORDER BY a.id DESC";

enum rc
history_recent_attempts(struct checkpoint *s, unsigned seconds,
    void (*tell)(void *arg, uint64_t age_ms, uint64_t bytes), void *arg,
    struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = sql_prepare(s->db, recent, &st, e);

	while (rc == RC_OK) {
		rc = sql_step(st, e);
		const int64_t age = rc == RC_OK ? (int64_t)number(st, 0) : 0;
		if (rc != RC_OK || age >= (int64_t)seconds * 1000)
			break;
		/* A clock that was set back tells of the future. */
		tell(arg, age < 0 ? 0 : (uint64_t)age, number(st, 1));
	}
	sql_finish(st);
	return rc == RC_END ? RC_OK : rc;
}
