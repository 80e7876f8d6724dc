/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdio.h>

#include <sqlite3.h>

#include "checkpoint/scope.h"
#include "checkpoint/sql.h"
#include "checkpoint/statement.h"

enum rc
scope_has_staging(
    struct checkpoint *c, const char *digest, bool *has, struct err *e)
{
	struct sqlite3_stmt *row = NULL;
	const enum rc rc =
	    statement_query(c, STATEMENT_STAGING_FIND, &row, e, "t", digest);

	(void)sqlite3_reset(row);
	*has = rc == RC_OK;
	return rc == RC_END ? RC_OK : rc;
}

enum rc
scope_add_staging(
    struct checkpoint *c, const struct scope_staging *staging, struct err *e)
{
	struct sqlite3_stmt *row = NULL;
	bool allowed = staging->join || staging->grew_from != NULL;
	enum rc rc = statement_query(
	    c, STATEMENT_STAGING_FIND, &row, e, "t", staging->digest);

	(void)sqlite3_reset(row);
	if (rc != RC_END)
		return rc;
	/* Otherwise all stagings of the checkpoint must be earlier states of
	 * this one. */
	if (!staging->join && allowed) {
		rc = statement_query(c, STATEMENT_STAGING_EACH, &row, e, "");
		while (rc == RC_OK && allowed) {
			allowed =
			    staging->grew_from(staging->arg, sql_text(row, 0));
			if (allowed)
				rc = sql_step(row, e);
		}
		(void)sqlite3_reset(row);
	}
	if ((rc == RC_OK || rc == RC_END) && !allowed) {
		rc = statement_query(c, STATEMENT_STAGING_COUNT, &row, e, "");
		if (rc == RC_OK && sqlite3_column_int64(row, 0) > 0)
			rc = err_set(e, RC_FATAL, WHY_USAGE,
			    "the checkpoint was made for another staging "
			    "(%.150s), not for %.150s with the manifest "
			    "%.16s...: give another --state",
			    sql_text(row, 1), staging->name, staging->digest);
		(void)sqlite3_reset(row);
	}
	if (rc != RC_OK && rc != RC_END)
		return rc;
	return statement_run(c, STATEMENT_STAGING_ADD, e, "ttt",
	    staging->digest, staging->schema, staging->name);
}

enum rc
scope_view_segment(struct checkpoint *c, const char *sha256,
    struct scope_segment *out, struct err *e)
{
	struct sqlite3_stmt *row = NULL;
	const enum rc rc =
	    statement_query(c, STATEMENT_SEGMENT_FIND, &row, e, "t", sha256);

	*out = (struct scope_segment){ .id = 0 };
	if (rc == RC_OK) {
		out->id = sqlite3_column_int64(row, 0);
		out->planned = sqlite3_column_int(row, 1) != 0;
		(void)snprintf(out->collection, sizeof(out->collection), "%s",
		    sql_text(row, 2));
		out->skipped = sql_u64(row, 3);
	}
	(void)sqlite3_reset(row);
	return rc;
}

enum rc
scope_set_segment(
    struct checkpoint *c, const struct scope_segment *segment, struct err *e)
{
	return statement_run(c, STATEMENT_SEGMENT_SET, e, "tii",
	    segment->collection, (int64_t)segment->skipped, segment->id);
}

enum rc
scope_add_segment(struct checkpoint *c, const char *sha256,
    struct scope_segment *out, struct err *e)
{
	struct sqlite3_stmt *row = NULL;
	enum rc rc = scope_view_segment(c, sha256, out, e);

	if (rc == RC_END) {
		rc = statement_run(c, STATEMENT_SEGMENT_ADD, e, "t", sha256);
		out->id = sqlite3_last_insert_rowid(c->db);
		out->planned = false;
	}
	if (rc != RC_OK)
		return rc;
	rc = statement_query(c, STATEMENT_SCOPE_HAS, &row, e, "i", out->id);
	(void)sqlite3_reset(row);
	out->seen = rc == RC_OK;
	if (rc != RC_END)
		return rc;
	return statement_run(c, STATEMENT_SCOPE_ADD, e, "i", out->id);
}

enum rc
scope_find_segment(
    struct checkpoint *c, const char *sha256, int64_t *id, struct err *e)
{
	struct sqlite3_stmt *row = NULL;
	const enum rc rc =
	    statement_query(c, STATEMENT_SCOPE_FIND, &row, e, "t", sha256);

	if (rc == RC_OK)
		*id = sqlite3_column_int64(row, 0);
	(void)sqlite3_reset(row);
	return rc;
}
