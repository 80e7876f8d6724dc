/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "checkpoint/sql.h"
#include "sink/sqlite_origin.h"
#include "sink/sqlite_text.h"

enum rc
sqlite_origin_prepare(struct sqlite3 *db, const char *table,
    struct sqlite3_stmt **out, struct err *e)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
	    "SELECT _Segment, _Offset FROM \"%.200s\" WHERE " SQLITE_KEY
	    " = json_extract(?, '$." SQLITE_KEY "')",
	    table);
	return sql_prepare(db, text, out, e);
}

enum rc
sqlite_origin_count(struct sqlite3_stmt *find, const struct sink_lines *from,
    struct span line, struct sink_written *done, struct err *e)
{
	const uint64_t offset =
	    from->offset + (uint64_t)(line.p - from->text.p);
	bool ours = false;
	enum rc rc = sql_bind(find, e, "s", line);

	if (rc == RC_OK)
		rc = sql_step(find, e);
	/* A line without a key is only left out if a row already has its place.
	 */
	bool own = rc == RC_END;
	if (rc == RC_OK) {
		const char *const segment = sql_text(find, 0);
		own = strcmp(segment, from->segment) == 0 &&
		      sql_u64(find, 1) == offset;
		if (!own && done->is_ours != NULL)
			rc = done->is_ours(done->arg, segment, &ours, e);
	}
	(void)sqlite3_reset(find);
	done->own += own;
	done->repeated += !own && ours;
	done->already += !own && !ours;
	return rc == RC_END ? RC_OK : rc;
}
