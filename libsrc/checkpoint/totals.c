/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <sqlite3.h>

#include "checkpoint/batch.h"
#include "checkpoint/sql.h"
#include "checkpoint/statement.h"
#include "checkpoint/totals.h"

/* The parameter is an enum totals_of. */
#define IN_SCOPE "(? = 1 OR segment IN (SELECT segment FROM temp._load_run))"

_Static_assert(TOTALS_OF_CHECKPOINT == 1, "the value in IN_SCOPE");

static const char batches[] =
    "SELECT status, ambiguous, count(*), sum(records), sum(length),"
    " sum(already), sum(refused), sum(repeated), sum(conflicts)"
    " FROM _load_batch WHERE " IN_SCOPE " GROUP BY status, ambiguous";

static const char attempts[] =
    "SELECT count(*) FROM _load_attempt WHERE batch IN"
    " (SELECT id FROM _load_batch WHERE " IN_SCOPE ")";

static const char skipped[] =
    "SELECT coalesce(sum(skipped), 0) FROM _load_segment"
    " WHERE ? = 1 OR id IN (SELECT segment FROM temp._load_run)";

static void
add(struct totals_count *to, const struct totals_count *count)
{
	to->batches += count->batches;
	to->records += count->records;
	to->bytes += count->bytes;
}

/* Add the counts of a row: all batches with the same status and the same
 * `ambiguous`. */
static void
add_row(struct sqlite3_stmt *row, struct totals *out)
{
	const enum batch_status status =
	    (enum batch_status)sqlite3_column_int(row, 0);
	const bool ambiguous = sqlite3_column_int(row, 1) != 0;
	const uint64_t refused = sql_u64(row, 6);
	struct totals_count count = { sql_u64(row, 2), sql_u64(row, 3),
		sql_u64(row, 4) };

	if (status == BATCH_SPLIT) {
		out->split += count.batches;
		return;
	}
	add(&out->all, &count);
	out->already += sql_u64(row, 5);
	out->refused_records += refused;
	out->repeated += sql_u64(row, 7);
	out->conflicts += sql_u64(row, 8);
	if (ambiguous)
		add(&out->ambiguous, &count);
	if (status == BATCH_REFUSED) {
		add(&out->refused, &count);
	} else if (status == BATCH_ACKED) {
		/* An acknowledged batch may have records that were refused. */
		count.records -= refused;
		add(&out->acked, &count);
		/* All records of an ambiguous batch were sent again after an
		 * answer was lost. */
		out->repeated += ambiguous ? count.records : 0;
	} else if (status == BATCH_PLANNED || status == BATCH_SENT) {
		add(&out->left, &count);
		if (ambiguous)
			add(&out->doubtful, &count);
	}
}

enum rc
totals_read(
    struct checkpoint *c, enum totals_of of, struct totals *out, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = sql_query(c->db, &st, e, batches, "i", (int64_t)of);

	memset(out, 0, sizeof(*out));
	for (; rc == RC_OK; rc = sql_step(st, e))
		add_row(st, out);
	sql_finish(st);
	if (rc != RC_END)
		return rc;
	rc = sql_query(c->db, &st, e, attempts, "i", (int64_t)of);
	if (rc == RC_OK)
		out->attempts = sql_u64(st, 0);
	sql_finish(st);
	if (rc != RC_OK)
		return rc;
	rc = sql_query(c->db, &st, e, skipped, "i", (int64_t)of);
	if (rc == RC_OK)
		out->skipped = sql_u64(st, 0);
	sql_finish(st);
	return rc;
}
