/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include <sqlite3.h>

#include "checkpoint/batch_row.h"
#include "checkpoint/history.h"
#include "checkpoint/meta.h"
#include "checkpoint/sql.h"
#include "checkpoint/statement.h"

static enum rc
visit_refusals(
    struct checkpoint *c, const struct history_visitor *visitor, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = sql_prepare(c->db,
	    "SELECT r.segment, offset, length, http, text, sha256, batch,"
	    " request_id, added, (SELECT lower(hex(key)) FROM _load_batch b"
	    " WHERE b.id = r.batch) FROM _load_refused r JOIN _load_segment s"
	    " ON s.id = r.segment ORDER BY r.segment, offset",
	    &st, e);

	while (rc == RC_OK && (rc = sql_step(st, e)) == RC_OK) {
		const struct batch_refusal refusal = {
			.segment = sqlite3_column_int64(st, 0),
			.offset = sql_u64(st, 1),
			.length = sql_u64(st, 2),
			.http = (long)sqlite3_column_int64(st, 3),
			.text = sql_text(st, 4),
			.batch = sqlite3_column_int64(st, 6),
			.request_id = sql_text(st, 7),
			.added = sql_text(st, 8),
			.key = sql_text(st, 9),
		};
		rc = visitor->refusal(
		    visitor->arg, &refusal, sql_text(st, 5), e);
	}
	sql_finish(st);
	return rc == RC_END ? RC_OK : rc;
}

static const char attempts[] =
    "SELECT " BATCH_ROW_COLUMNS ", s.sha256,"
    " row_number() OVER (PARTITION BY a.batch ORDER BY a.id),"
    " a.begun, a.ended, a.outcome, a.http, a.text, a.request_id,"
    " s.collection"
    " FROM _load_attempt a JOIN _load_batch b ON b.id = a.batch"
    " JOIN _load_segment s ON s.id = b.segment ORDER BY a.id";

static const char ambiguous_batches[] =
    "SELECT " BATCH_ROW_COLUMNS
    ", s.sha256, count(a.id), min(a.begun), max(a.ended),"
    " group_concat(a.outcome, ' '), max(a.http), '', max(a.request_id),"
    " s.collection"
    " FROM _load_batch b JOIN _load_segment s ON s.id = b.segment"
    " LEFT JOIN _load_attempt a ON a.batch = b.id"
    " WHERE b.ambiguous AND b.status <> 4 GROUP BY b.id ORDER BY b.id";

static enum rc
visit_attempts(struct checkpoint *c, const char *query,
    enum rc (*visit)(void *, const struct batch_attempt *, struct err *),
    void *arg, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = sql_prepare(c->db, query, &st, e);

	while (rc == RC_OK && (rc = sql_step(st, e)) == RC_OK) {
		struct batch b;
		rc = batch_row_read(st, &b, e);
		const struct batch_attempt attempt = { .batch = &b,
			.sha256 = sql_text(st, BATCH_ROW_N),
			.number = sql_u64(st, BATCH_ROW_N + 1),
			.begun = sql_text(st, BATCH_ROW_N + 2),
			.ended = sql_text(st, BATCH_ROW_N + 3),
			.answer = { .outcome = sql_text(st, BATCH_ROW_N + 4),
			    .http =
				(long)sqlite3_column_int64(st, BATCH_ROW_N + 5),
			    .text = sql_text(st, BATCH_ROW_N + 6),
			    .request_id = sql_text(st, BATCH_ROW_N + 7) },
			.collection = sql_text(st, BATCH_ROW_N + 8) };
		if (rc == RC_OK)
			rc = visit(arg, &attempt, e);
	}
	sql_finish(st);
	return rc == RC_END ? RC_OK : rc;
}

enum rc
history_visit(
    struct checkpoint *c, const struct history_visitor *v, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = RC_OK;

	if (v->target != NULL)
		rc = meta_visit_target(c, v->target, v->arg, e);
	if (rc == RC_OK && v->staging != NULL) {
		rc = sql_prepare(c->db,
		    "SELECT digest, schema, name FROM _load_staging"
		    " ORDER BY id",
		    &st, e);
		while (rc == RC_OK && (rc = sql_step(st, e)) == RC_OK) {
			const struct scope_staging staging = {
				.digest = sql_text(st, 0),
				.schema = sql_text(st, 1),
				.name = sql_text(st, 2)
			};
			rc = v->staging(v->arg, &staging);
		}
		sql_finish(st);
		rc = rc == RC_END ? RC_OK : rc;
	}
	if (rc == RC_OK && v->refusal != NULL)
		rc = visit_refusals(c, v, e);
	if (rc == RC_OK && v->attempt != NULL)
		rc = visit_attempts(c, attempts, v->attempt, v->arg, e);
	if (rc == RC_OK && v->ambiguous != NULL)
		rc = visit_attempts(
		    c, ambiguous_batches, v->ambiguous, v->arg, e);
	return rc;
}

enum rc
history_recent_attempts(struct checkpoint *c, unsigned seconds,
    void (*visit)(void *arg, uint64_t age_ms, uint64_t bytes), void *arg,
    struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	/* Newest first, so that the loop ends at the first attempt that is too
	 * old. */
	enum rc rc = sql_prepare(c->db,
	    "SELECT CAST(round((julianday('now') - julianday(a.begun))"
	    " * 86400000) AS INTEGER), b.length FROM _load_attempt a"
	    " JOIN _load_batch b ON b.id = a.batch ORDER BY a.id DESC",
	    &st, e);

	while (rc == RC_OK && (rc = sql_step(st, e)) == RC_OK) {
		const int64_t age = sqlite3_column_int64(st, 0);
		if (age >= (int64_t)seconds * 1000)
			break;
		/* The age is negative if the clock was set back since. */
		visit(arg, age < 0 ? 0 : (uint64_t)age, sql_u64(st, 1));
	}
	sql_finish(st);
	return rc == RC_END ? RC_OK : rc;
}

enum rc
history_first_attempt(struct checkpoint *c, char out[32], struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	const enum rc rc = sql_query(c->db, &st, e,
	    "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', min(begun), '-1 hour')"
	    " FROM _load_attempt",
	    "");

	out[0] = '\0';
	if (rc == RC_OK)
		(void)snprintf(out, 32, "%s", sql_text(st, 0));
	sql_finish(st);
	return rc;
}
