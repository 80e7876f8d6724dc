/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include <sqlite3.h>

#include "checkpoint/inner.h"

/* --- stagings and segments ----------------------------------------------- */

static enum rc
known_staging(struct checkpoint *s, const char *digest, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = statement_use(s, SQL_STAGING_FIND, &st, e);

	if (rc == RC_OK)
		rc = sql_bind(st, e, "t", digest);
	if (rc != RC_OK)
		return rc;
	rc = sql_step(st, e);
	(void)sqlite3_reset(st);
	return rc;
}

/* Whether all stagings that the state knows are what this one has been. */
static enum rc
is_grown(struct checkpoint *s, const struct scope_staging *staging, bool *grown,
    struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = statement_use(s, SQL_STAGING_EACH, &st, e);

	*grown = staging->grew_from != NULL;
	if (rc == RC_OK)
		rc = sql_bind(st, e, "");
	while (rc == RC_OK && *grown && (rc = sql_step(st, e)) == RC_OK)
		*grown = staging->grew_from(staging->arg, sql_text(st, 0));
	if (st != NULL)
		(void)sqlite3_reset(st);
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
refuse_stranger(
    struct checkpoint *s, const struct scope_staging *staging, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = statement_use(s, SQL_STAGING_COUNT, &st, e);

	if (rc == RC_OK)
		rc = sql_bind(st, e, "");
	if (rc == RC_OK)
		rc = sql_step(st, e);
	if (rc != RC_OK)
		return rc;
	if (sqlite3_column_int64(st, 0) > 0)
		rc = err_set(e, RC_FATAL, WHY_USAGE,
		    "the checkpoint was made for another staging (%.150s) and "
		    "does not know %.150s with the manifest %.16s...: give "
		    "another --state",
		    sql_text(st, 1), staging->name, staging->digest);
	(void)sqlite3_reset(st);
	return rc;
}

enum rc
scope_add_staging(
    struct checkpoint *s, const struct scope_staging *staging, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = known_staging(s, staging->digest, e);

	if (rc != RC_END)
		return rc;
	bool known = staging->join;
	rc = known ? RC_OK : is_grown(s, staging, &known, e);
	if (rc == RC_OK && !known)
		rc = refuse_stranger(s, staging, e);
	if (rc == RC_OK)
		rc = statement_use(s, SQL_STAGING_ADD, &st, e);
	if (rc == RC_OK)
		rc = sql_bind(st, e, "ttt", staging->digest, staging->schema,
		    staging->name);
	return rc == RC_OK ? sql_run(st, e) : rc;
}

static enum rc
find_segment(struct checkpoint *s, const char *sha256,
    struct scope_segment *out, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = statement_use(s, SQL_SEGMENT_FIND, &st, e);

	if (rc == RC_OK)
		rc = sql_bind(st, e, "t", sha256);
	if (rc == RC_OK)
		rc = sql_step(st, e);
	if (rc != RC_OK)
		return rc;
	out->id = sqlite3_column_int64(st, 0);
	out->planned = sqlite3_column_int(st, 1) != 0;
	(void)sqlite3_reset(st);
	return RC_OK;
}

static enum rc
join_run(struct checkpoint *s, struct scope_segment *segment, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = statement_use(s, SQL_RUN_HAS, &st, e);

	if (rc == RC_OK)
		rc = sql_bind(st, e, "i", segment->id);
	if (rc != RC_OK)
		return rc;
	rc = sql_step(st, e);
	(void)sqlite3_reset(st);
	segment->again = rc == RC_OK;
	if (rc != RC_END)
		return rc;
	rc = statement_use(s, SQL_RUN_ADD, &st, e);
	if (rc == RC_OK)
		rc = sql_bind(st, e, "i", segment->id);
	return rc == RC_OK ? sql_run(st, e) : rc;
}

enum rc
scope_add_segment(struct checkpoint *s, const char *sha256,
    struct scope_segment *out, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = find_segment(s, sha256, out, e);

	if (rc == RC_END) {
		rc = statement_use(s, SQL_SEGMENT_ADD, &st, e);
		if (rc == RC_OK)
			rc = sql_bind(st, e, "t", sha256);
		if (rc == RC_OK)
			rc = sql_run(st, e);
		out->id = sqlite3_last_insert_rowid(s->db);
		out->planned = false;
	}
	return rc == RC_OK ? join_run(s, out, e) : rc;
}

enum rc
scope_find_segment(
    struct checkpoint *s, const char *sha256, int64_t *id, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = statement_use(s, SQL_RUN_FIND, &st, e);

	if (rc == RC_OK)
		rc = sql_bind(st, e, "t", sha256);
	if (rc == RC_OK)
		rc = sql_step(st, e);
	if (rc == RC_OK)
		*id = sqlite3_column_int64(st, 0);
	if (st != NULL)
		(void)sqlite3_reset(st);
	return rc;
}

/* --- batches ------------------------------------------------------------- */

enum rc
batch_row_key(const char *sha256, const struct batch *b,
    uint8_t key[DIGEST_BYTES], struct err *e)
{
	char text[160];

	/* With its NULs: no two triples give the same text. */
	const int n = snprintf(text, sizeof(text), "%.64s%c%llu%c%llu", sha256,
	    0, (unsigned long long)b->offset, 0, (unsigned long long)b->length);
	return digest_once(span_of(text, (size_t)n), key, e);
}

enum rc
batch_add(
    struct checkpoint *s, const char *sha256, struct batch *b, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = batch_row_key(sha256, b, b->key, e);

	if (rc == RC_OK)
		rc = statement_use(s, SQL_BATCH_ADD, &st, e);
	if (rc == RC_OK)
		rc = sql_bind(st, e, "iiiibiiiiiii", b->segment,
		    (int64_t)b->offset, (int64_t)b->length, (int64_t)b->records,
		    span_of(b->key, sizeof(b->key)), (int64_t)b->status,
		    (int64_t)b->ambiguous, (int64_t)b->already,
		    (int64_t)b->refused, (int64_t)b->repeated,
		    (int64_t)b->conflicts, b->stamp);
	if (rc == RC_OK)
		rc = sql_run(st, e);
	if (rc != RC_OK)
		return rc;
	/* The sum covers the id, which is known only now. */
	b->id = sqlite3_last_insert_rowid(s->db);
	return batch_update(s, b, e);
}

static enum rc
first_row(struct sqlite3_stmt *st, struct batch *out, struct err *e)
{
	enum rc rc = sql_step(st, e);

	if (rc == RC_OK)
		rc = batch_row_read(st, out, e);
	(void)sqlite3_reset(st);
	return rc;
}

enum rc
batch_next(
    struct checkpoint *s, int64_t after, struct batch *out, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = statement_use(s, SQL_BATCH_NEXT, &st, e);

	if (rc == RC_OK)
		rc = sql_bind(st, e, "ii", after, (int64_t)!s->hold);
	return rc == RC_OK ? first_row(st, out, e) : rc;
}

void
batch_hold_ambiguous(struct checkpoint *s)
{
	s->hold = true;
}

enum rc
batch_next_of_segment(struct checkpoint *s, int64_t segment, uint64_t from,
    struct batch *out, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = statement_use(s, SQL_BATCH_LEFT, &st, e);

	if (rc == RC_OK)
		rc = sql_bind(st, e, "ii", segment, (int64_t)from);
	return rc == RC_OK ? first_row(st, out, e) : rc;
}

enum rc
batch_update(struct checkpoint *s, const struct batch *b, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	int64_t sum = 0;
	enum rc rc = batch_row_sum(b, &sum, e);

	if (rc == RC_OK)
		rc = statement_use(s, SQL_BATCH_PUT, &st, e);
	if (rc == RC_OK)
		rc = sql_bind(st, e, "iiiiiiiii", (int64_t)b->status,
		    (int64_t)b->ambiguous, (int64_t)b->already,
		    (int64_t)b->refused, (int64_t)b->repeated,
		    (int64_t)b->conflicts, b->stamp, sum, b->id);
	return rc == RC_OK ? sql_run(st, e) : rc;
}

static enum rc
resume_one(struct checkpoint *s, struct batch *b, struct err *e)
{
	const struct batch_answer lost = { "lost", 0,
		"the program ended before the answer came", NULL };

	b->status = BATCH_PLANNED;
	b->ambiguous = true;
	const enum rc rc = batch_update(s, b, e);
	return rc == RC_OK ? batch_end_attempt(s, b, &lost, e) : rc;
}

enum rc
batch_requeue_unanswered(struct checkpoint *s, uint64_t *n, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	struct batch b;
	enum rc rc = RC_OK;

	for (*n = 0; rc == RC_OK; ++*n) {
		rc = statement_use(s, SQL_BATCH_SENT, &st, e);
		if (rc == RC_OK)
			rc = sql_bind(st, e, "");
		if (rc == RC_OK)
			rc = first_row(st, &b, e);
		if (rc == RC_END)
			return RC_OK;
		if (rc == RC_OK)
			rc = resume_one(s, &b, e);
	}
	return rc;
}

static enum rc
revive_one(struct checkpoint *s, struct batch *b, struct err *e)
{
	struct sqlite3_stmt *st = NULL;

	b->status = BATCH_PLANNED;
	b->already = 0;
	b->repeated = 0;
	b->refused = 0;
	/* Conflicts stay: their rows are in the database and are not kept
	 * twice. */
	enum rc rc = batch_update(s, b, e);
	if (rc == RC_OK)
		rc = statement_use(s, SQL_REFUSED_DROP, &st, e);
	if (rc == RC_OK)
		rc = sql_bind(st, e, "i", b->id);
	return rc == RC_OK ? sql_run(st, e) : rc;
}

enum rc
batch_requeue_refused(
    struct checkpoint *s, const struct batch_requeue *revival, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	struct batch b = { .id = 0 };
	uint64_t records = 0;

	for (;;) {
		enum rc rc = statement_use(s, SQL_BATCH_DEAD, &st, e);
		if (rc == RC_OK)
			rc = sql_bind(st, e, "i", b.id);
		if (rc == RC_OK)
			rc = first_row(st, &b, e);
		if (rc != RC_OK)
			return rc == RC_END ? RC_OK : rc;
		records += b.refused;
		rc = revive_one(s, &b, e);
		if (rc == RC_OK)
			rc = revival->each(revival->arg, records, e);
		if (rc != RC_OK)
			return rc;
	}
}

/* --- attempts and refusals ----------------------------------------------- */

enum rc
batch_begin_attempt(struct checkpoint *s, struct batch *b, struct err *e)
{
	struct sqlite3_stmt *st = NULL;

	b->status = BATCH_SENT;
	enum rc rc = batch_update(s, b, e);
	if (rc == RC_OK)
		rc = statement_use(s, SQL_ATTEMPT_ADD, &st, e);
	if (rc == RC_OK)
		rc = sql_bind(st, e, "i", b->id);
	return rc == RC_OK ? sql_run(st, e) : rc;
}

enum rc
batch_end_attempt(struct checkpoint *s, const struct batch *b,
    const struct batch_answer *a, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = statement_use(s, SQL_ATTEMPT_END, &st, e);

	if (rc == RC_OK)
		rc = sql_bind(st, e, "titti", a->outcome, (int64_t)a->http,
		    a->text, a->request_id, b->id);
	return rc == RC_OK ? sql_run(st, e) : rc;
}

enum rc
batch_add_refusal(
    struct checkpoint *s, const struct batch_refusal *r, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = statement_use(s, SQL_REFUSED_ADD, &st, e);

	if (rc == RC_OK)
		rc = sql_bind(st, e, "iiiitit", r->segment, (int64_t)r->offset,
		    (int64_t)r->length, (int64_t)r->http, r->text, r->batch,
		    r->request_id);
	return rc == RC_OK ? sql_run(st, e) : rc;
}
