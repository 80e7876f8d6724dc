/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <sqlite3.h>

#include "checkpoint/inner.h"

static const char of_run[] =
    "SELECT status, ambiguous, count(*), sum(records), sum(length),"
    " sum(already), sum(refused), sum(repeated), sum(conflicts)"
    " FROM _load_batch"
    " WHERE segment IN (SELECT segment FROM temp._load_run)"
    " OR NOT EXISTS (SELECT 1 FROM temp._load_run)"
    " GROUP BY status, ambiguous";

static const char attempts[] =
    "SELECT count(*) FROM _load_attempt WHERE batch IN (SELECT id FROM"
    " _load_batch WHERE segment IN (SELECT segment FROM temp._load_run)"
    " OR NOT EXISTS (SELECT 1 FROM temp._load_run))";

static uint64_t
number(struct sqlite3_stmt *st, int at)
{
	return (uint64_t)sqlite3_column_int64(st, at);
}

static void
add(struct totals_count *to, const struct totals_count *c)
{
	to->batches += c->batches;
	to->records += c->records;
	to->bytes += c->bytes;
}

/* One row: all batches of one status, ambiguous or not. */
static void
add_row(struct sqlite3_stmt *st, struct totals *out)
{
	const enum batch_status status =
	    (enum batch_status)sqlite3_column_int(st, 0);
	struct totals_count c = { number(st, 2), number(st, 3), number(st, 4) };

	if (status == BATCH_SPLIT) {
		out->split += c.batches;
		return;
	}
	add(&out->all, &c);
	if (number(st, 1) != 0)
		add(&out->ambiguous, &c);
	out->already += number(st, 5);
	out->refused_records += number(st, 6);
	out->repeated += number(st, 7);
	out->conflicts += number(st, 8);
	if (status == BATCH_PLANNED || status == BATCH_SENT) {
		add(&out->left, &c);
		if (number(st, 1) != 0)
			add(&out->doubtful, &c);
	}
	if (status == BATCH_REFUSED)
		add(&out->refused, &c);
	if (status != BATCH_ACKED)
		return;
	/* Single lines of a batch may have been refused. */
	c.records -= number(st, 6);
	add(&out->acked, &c);
	/* All of them were sent again after an answer was lost. */
	if (number(st, 1) != 0)
		out->repeated += c.records;
}

enum rc
totals_read(struct checkpoint *s, struct totals *out, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = sql_prepare(s->db, of_run, &st, e);

	memset(out, 0, sizeof(*out));
	while (rc == RC_OK) {
		rc = sql_step(st, e);
		if (rc == RC_OK)
			add_row(st, out);
	}
	sql_finish(st);
	if (rc != RC_END)
		return rc;
	rc = sql_prepare(s->db, attempts, &st, e);
	if (rc == RC_OK)
		rc = sql_step(st, e);
	if (rc == RC_OK)
		out->attempts = number(st, 0);
	sql_finish(st);
	return rc;
}
