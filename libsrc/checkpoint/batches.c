/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "checkpoint/batches.h"
#include "checkpoint/inner.h"

static const char by_segment[] =
    "SELECT b.id, b.segment, b.offset, b.length, b.records, b.key, b.status,"
    " b.ambiguous, b.already, b.refused, b.repeated, b.conflicts, b.stamp,"
    " b.sum FROM _load_batch b JOIN _load_segment s ON s.id = b.segment"
    " WHERE s.sha256 = ? AND b.status <> 4 ORDER BY b.offset";

static enum rc
add(struct batch **all, size_t *n, const struct batch *b, struct err *e)
{
	/* Grows at each power of two. */
	if ((*n & (*n - 1)) == 0) {
		struct batch *const more =
		    realloc(*all, (*n == 0 ? 1 : *n * 2) * sizeof(*more));
		if (more == NULL)
			return err_nomem(e);
		*all = more;
	}
	(*all)[(*n)++] = *b;
	return RC_OK;
}

enum rc
batch_list(struct checkpoint *s, const char *sha256, struct batch **out,
    size_t *n, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	struct batch b;

	*out = NULL;
	*n = 0;
	enum rc rc = sql_prepare(s->db, by_segment, &st, e);
	if (rc == RC_OK)
		rc = sql_bind(st, e, "t", sha256);
	while (rc == RC_OK && (rc = sql_step(st, e)) == RC_OK) {
		rc = batch_row_read(st, &b, e);
		if (rc == RC_OK)
			rc = add(out, n, &b, e);
	}
	sql_finish(st);
	if (rc == RC_END)
		return RC_OK;
	free(*out);
	*out = NULL;
	return rc;
}

enum rc
history_first_attempt(struct checkpoint *s, char out[32], struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = sql_prepare(s->db,
	    "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', min(begun), '-1 hour')"
	    " FROM _load_attempt",
	    &st, e);

	out[0] = '\0';
	if (rc == RC_OK)
		rc = sql_step(st, e);
	if (rc == RC_OK)
		(void)snprintf(out, 32, "%s", sql_text(st, 0));
	sql_finish(st);
	return rc;
}
