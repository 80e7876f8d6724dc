/* SPDX-License-Identifier: Apache-2.0 */
#include <sqlite3.h>
#include <string.h>

#include "state/inner.h"

/* 4 is STATE_SPLIT, 2 ACKED, 3 REFUSED. */
#define COUNT(which) \
	" coalesce(sum(" which "), 0), coalesce(sum((" which \
	") * records), 0)," \
	" coalesce(sum((" which ") * length), 0)"

static const char of_run[] =
    "SELECT" COUNT("status <> 4") "," COUNT("status = 2") "," COUNT("status < "
								    "2") "," COUNT(
	"ambiguous AND status <> 4") "," COUNT("status = 3") ","
							     " coalesce(sum("
							     "status = 4), 0), "
							     "coalesce(sum(("
							     "status <> 4) * "
							     "already), 0),"
							     " coalesce(sum(("
							     "status <> 4) * "
							     "refused), 0) "
							     "FROM _load_batch"
							     " WHERE segment "
							     "IN (SELECT "
							     "segment FROM "
							     "temp._load_run)"
							     " OR NOT EXISTS "
							     "(SELECT 1 FROM "
							     "temp._load_run)";

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
count(struct sqlite3_stmt *st, int at, struct state_count *out)
{
	out->batches = number(st, at);
	out->records = number(st, at + 1);
	out->bytes = number(st, at + 2);
}

static void
read_totals(struct sqlite3_stmt *st, struct state_totals *out)
{
	count(st, 0, &out->all);
	count(st, 3, &out->acked);
	count(st, 6, &out->left);
	count(st, 9, &out->ambiguous);
	count(st, 12, &out->refused);
	out->split = number(st, 15);
	out->already = number(st, 16);
	out->refused_records = number(st, 17);
}

enum rc
state_totals(struct state *s, struct state_totals *out, struct err *e)
{
	struct sqlite3_stmt *st;
	enum rc rc = sql_prepare(s->db, of_run, &st, e);

	memset(out, 0, sizeof(*out));
	if (rc == RC_OK)
		rc = sql_step(st, e);
	if (rc == RC_OK)
		read_totals(st, out);
	sql_finish(st);
	if (rc != RC_OK)
		return rc;
	rc = sql_prepare(s->db, attempts, &st, e);
	if (rc == RC_OK)
		rc = sql_step(st, e);
	if (rc == RC_OK)
		out->attempts = number(st, 0);
	sql_finish(st);
	return rc;
}

static const char *
text(struct sqlite3_stmt *st, int at)
{
	const unsigned char *const s = sqlite3_column_text(st, at);

	return s == NULL ? "" : (const char *)s;
}

static enum rc
each_staging(struct state *s, const struct state_each *each, struct err *e)
{
	struct sqlite3_stmt *st;
	enum rc rc = sql_prepare(s->db,
	    "SELECT digest, schema, name FROM _load_staging ORDER BY id", &st,
	    e);

	while (rc == RC_OK) {
		rc = sql_step(st, e);
		if (rc != RC_OK)
			break;
		const struct state_staging one = { text(st, 0), text(st, 1),
			text(st, 2), false };
		rc = each->staging(each->arg, &one);
	}
	sql_finish(st);
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
each_refusal(struct state *s, const struct state_each *each, struct err *e)
{
	struct sqlite3_stmt *st;
	enum rc rc = sql_prepare(s->db,
	    "SELECT r.segment, offset, length, http, text, sha256 FROM"
	    " _load_refused r JOIN _load_segment s ON s.id = r.segment"
	    " ORDER BY r.segment, offset",
	    &st, e);

	while (rc == RC_OK) {
		rc = sql_step(st, e);
		if (rc != RC_OK)
			break;
		const struct state_refusal one = { (int64_t)number(st, 0),
			number(st, 1), number(st, 2), (long)number(st, 3),
			text(st, 4) };
		rc = each->refusal(each->arg, &one, text(st, 5));
	}
	sql_finish(st);
	return rc == RC_END ? RC_OK : rc;
}

enum rc
state_each(struct state *s, const struct state_each *each, struct err *e)
{
	enum rc rc = RC_OK;

	if (each->staging != NULL)
		rc = each_staging(s, each, e);
	if (rc == RC_OK && each->refusal != NULL)
		rc = each_refusal(s, each, e);
	return rc;
}
