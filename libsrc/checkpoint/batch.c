/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <sqlite3.h>

#include "checkpoint/batch.h"
#include "checkpoint/batch_row.h"
#include "checkpoint/sql.h"
#include "checkpoint/statement.h"
#include "util/array.h"

enum rc
batch_add(
    struct checkpoint *c, const char *sha256, struct batch *b, struct err *e)
{
	enum rc rc = batch_row_key(sha256, b, b->key, e);

	if (rc == RC_OK)
		rc = statement_run(c, STATEMENT_BATCH_ADD, e, "iiiibiiiiiii",
		    b->segment, (int64_t)b->offset, (int64_t)b->length,
		    (int64_t)b->records, span_of(b->key, sizeof(b->key)),
		    (int64_t)b->status, (int64_t)b->ambiguous,
		    (int64_t)b->already, (int64_t)b->refused,
		    (int64_t)b->repeated, (int64_t)b->conflicts, b->stamp);
	if (rc != RC_OK)
		return rc;
	/* The checksum covers the id, which SQLite has just assigned. */
	b->id = sqlite3_last_insert_rowid(c->db);
	return batch_update(c, b, e);
}

enum rc
batch_update(struct checkpoint *c, const struct batch *b, struct err *e)
{
	int64_t sum = 0;
	const enum rc rc = batch_row_sum(b, &sum, e);

	if (rc != RC_OK)
		return rc;
	return statement_run(c, STATEMENT_BATCH_UPDATE, e, "iiiiiiiii",
	    (int64_t)b->status, (int64_t)b->ambiguous, (int64_t)b->already,
	    (int64_t)b->refused, (int64_t)b->repeated, (int64_t)b->conflicts,
	    b->stamp, sum, b->id);
}

static enum rc
read_and_reset(
    enum rc rc, struct sqlite3_stmt *row, struct batch *out, struct err *e)
{
	if (rc == RC_OK)
		rc = batch_row_read(row, out, e);
	(void)sqlite3_reset(row);
	return rc;
}

enum rc
batch_next(
    struct checkpoint *c, int64_t after, struct batch *out, struct err *e)
{
	struct sqlite3_stmt *row = NULL;
	const enum rc rc = statement_query(c, STATEMENT_BATCH_NEXT, &row, e,
	    "ii", after, (int64_t)!c->hold_ambiguous);

	return read_and_reset(rc, row, out, e);
}

void
batch_skip_ambiguous(struct checkpoint *c)
{
	c->hold_ambiguous = true;
}

enum rc
batch_next_of_segment(struct checkpoint *c, int64_t segment, uint64_t from,
    struct batch *out, struct err *e)
{
	struct sqlite3_stmt *row = NULL;
	const enum rc rc = statement_query(c, STATEMENT_BATCH_NEXT_OF_SEGMENT,
	    &row, e, "ii", segment, (int64_t)from);

	return read_and_reset(rc, row, out, e);
}

enum rc
batch_at(struct checkpoint *c, const char *sha256, uint64_t offset,
    struct batch *out, struct err *e)
{
	struct sqlite3_stmt *row = NULL;
	const enum rc rc = statement_query(
	    c, STATEMENT_BATCH_AT, &row, e, "ti", sha256, (int64_t)offset);

	return read_and_reset(rc, row, out, e);
}

enum rc
batch_list(struct checkpoint *c, const char *sha256, struct batch **out,
    size_t *n, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	size_t cap = 0;

	*out = NULL;
	*n = 0;
	enum rc rc = sql_prepare(c->db,
	    "SELECT " BATCH_ROW_COLUMNS
	    " FROM _load_batch b JOIN _load_segment s ON s.id = b.segment"
	    " WHERE s.sha256 = ? AND b.status <> 4 ORDER BY b.offset",
	    &st, e);
	if (rc == RC_OK)
		rc = sql_bind(st, e, "t", sha256);
	while (rc == RC_OK && (rc = sql_step(st, e)) == RC_OK) {
		struct batch *const more =
		    array_grow(*out, *n, &cap, sizeof(*more));
		if (more == NULL) {
			rc = err_nomem(e);
			break;
		}
		*out = more;
		rc = batch_row_read(st, &more[(*n)++], e);
	}
	sql_finish(st);
	if (rc == RC_END)
		return RC_OK;
	free(*out);
	*out = NULL;
	return rc;
}

enum rc
batch_requeue_unanswered(struct checkpoint *c, uint64_t *n, struct err *e)
{
	const struct batch_answer lost = { "lost", 0,
		"the program ended before the answer arrived", NULL };
	struct sqlite3_stmt *row = NULL;
	struct batch b;

	for (*n = 0;; ++*n) {
		enum rc rc =
		    statement_query(c, STATEMENT_BATCH_UNANSWERED, &row, e, "");
		rc = read_and_reset(rc, row, &b, e);
		if (rc != RC_OK)
			return rc == RC_END ? RC_OK : rc;
		b.status = BATCH_PLANNED;
		b.ambiguous = true;
		rc = batch_update(c, &b, e);
		if (rc == RC_OK)
			rc = batch_end_attempt(c, &b, &lost, e);
		if (rc != RC_OK)
			return rc;
	}
}

enum rc
batch_requeue_refused(
    struct checkpoint *c, const struct batch_requeue *requeue, struct err *e)
{
	struct sqlite3_stmt *row = NULL;
	struct batch b = { .id = 0 };
	uint64_t records = 0;

	for (;;) {
		enum rc rc = statement_query(
		    c, STATEMENT_BATCH_REFUSED, &row, e, "i", b.id);
		rc = read_and_reset(rc, row, &b, e);
		if (rc != RC_OK)
			return rc == RC_END ? RC_OK : rc;
		records += b.refused;
		b.status = BATCH_PLANNED;
		b.already = 0;
		b.repeated = 0;
		b.refused = 0;
		/* The count of conflicts is kept: their rows are in the
		 * database and are not inserted a second time. */
		rc = batch_update(c, &b, e);
		if (rc == RC_OK)
			rc = statement_run(
			    c, STATEMENT_REFUSAL_REMOVE, e, "i", b.id);
		if (rc == RC_OK)
			rc = requeue->each(requeue->arg, records, e);
		if (rc != RC_OK)
			return rc;
	}
}

/* --- attempts and refusals ----------------------------------------------- */

enum rc
batch_begin_attempt(struct checkpoint *c, struct batch *b, struct err *e)
{
	b->status = BATCH_SENT;
	const enum rc rc = batch_update(c, b, e);
	if (rc != RC_OK)
		return rc;
	return statement_run(c, STATEMENT_ATTEMPT_BEGIN, e, "i", b->id);
}

enum rc
batch_end_attempt(struct checkpoint *c, const struct batch *b,
    const struct batch_answer *a, struct err *e)
{
	return statement_run(c, STATEMENT_ATTEMPT_END, e, "titti", a->outcome,
	    (int64_t)a->http, a->text, a->request_id, b->id);
}

enum rc
batch_add_refusal(
    struct checkpoint *c, const struct batch_refusal *r, struct err *e)
{
	return statement_run(c, STATEMENT_REFUSAL_ADD, e, "iiiitit", r->segment,
	    (int64_t)r->offset, (int64_t)r->length, (int64_t)r->http, r->text,
	    r->batch, r->request_id);
}
