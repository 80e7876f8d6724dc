/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "checkpoint/meta.h"
#include "checkpoint/sql.h"
#include "checkpoint/statement.h"

#define LAYOUT "6"
#define VALUE_MAX 4096

enum rc
meta_init(struct sqlite3 *db, const char *target, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	const enum rc rc = sql_query(db, &st, e,
	    "INSERT INTO _load_meta(name, value)"
	    " VALUES('version', '" LAYOUT "'), ('target', ?)",
	    "t", target);

	sql_finish(st);
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
set(struct checkpoint *c, const char *name, const char *value, struct err *e)
{
	return statement_run(c, STATEMENT_META_SET, e, "tt", name, value);
}

/* RC_END if there is no value of this name. */
static enum rc
get(struct checkpoint *c, const char *name, char out[VALUE_MAX], struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = sql_query(c->db, &st, e,
	    "SELECT value FROM _load_meta WHERE name = ?", "t", name);

	if (rc == RC_OK) {
		const char *const text =
		    (const char *)sqlite3_column_text(st, 0);
		/* No stored value is NULL, so SQLite is out of memory. */
		rc = text == NULL ? err_nomem(e) : RC_OK;
		(void)snprintf(out, VALUE_MAX, "%s", text == NULL ? "" : text);
	}
	sql_finish(st);
	return rc;
}

static enum rc
get_required(
    struct checkpoint *c, const char *name, char out[VALUE_MAX], struct err *e)
{
	const enum rc rc = get(c, name, out, e);

	if (rc == RC_END)
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "the checkpoint is damaged: it has no %s; restore it from "
		    "a copy",
		    name);
	return rc;
}

enum rc
meta_check_version(
    struct checkpoint *c, const struct checkpoint_place *place, struct err *e)
{
	char version[VALUE_MAX];
	const enum rc rc = get_required(c, "version", version, e);

	if (rc != RC_OK || strcmp(version, LAYOUT) == 0)
		return rc;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "%s has a checkpoint of version %.20s; this program supports "
	    "version " LAYOUT " only",
	    place->file, version);
}

/* --- the target ---------------------------------------------------------- */

enum rc
meta_check_target(
    struct checkpoint *c, const struct checkpoint_place *place, struct err *e)
{
	char target[VALUE_MAX];
	struct sqlite3_stmt *st = NULL;
	enum rc rc = get_required(c, "target", target, e);

	if (rc != RC_OK || place->target == NULL || place->embedded ||
	    strcmp(target, place->target) == 0)
		return rc;
	/* Has a batch been sent, or the target refused a record? */
	rc = sql_query(c->db, &st, e,
	    "SELECT 1 FROM _load_batch WHERE status IN (1, 2) OR ambiguous"
	    " UNION ALL SELECT 1 FROM _load_refused WHERE http <> 0 LIMIT 1",
	    "");
	sql_finish(st);
	if (rc == RC_OK || (rc == RC_END && c->lock == -1))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "the checkpoint %s belongs to another target (%.200s): "
		    "give another --state",
		    place->file, target);
	if (rc != RC_END)
		return rc;
	rc = set(c, "target", place->target, e);
	return rc == RC_OK ? meta_set_pause(c, 0, e) : rc;
}

enum rc
meta_visit_target(struct checkpoint *c,
    enum rc (*visit)(void *arg, const char *name), void *arg, struct err *e)
{
	char target[VALUE_MAX];
	const enum rc rc = get_required(c, "target", target, e);

	return rc == RC_OK ? visit(arg, target) : rc;
}

/* --- keys and pause ------------------------------------------------------ */

enum rc
meta_check_key_version(struct checkpoint *c, uint64_t version, struct err *e)
{
	char text[32];
	char stored[VALUE_MAX];

	(void)snprintf(text, sizeof(text), "%" PRIu64, version);
	if (version == 0)
		return RC_OK;
	const enum rc rc = get(c, "key_version", stored, e);
	if (rc == RC_END)
		return set(c, "key_version", text, e);
	if (rc != RC_OK || strcmp(stored, text) == 0)
		return rc;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "the database has RecordKeys of version %.20s and the staging "
	    "directory of version %s: load it into another database, or stage "
	    "it again",
	    stored, text);
}

enum rc
meta_check_part(struct checkpoint *c, const char *part, struct err *e)
{
	char stored[VALUE_MAX] = "";
	struct sqlite3_stmt *st = NULL;

	enum rc rc = get(c, "part", stored, e);
	if (rc == RC_END) {
		rc = sql_query(
		    c->db, &st, e, "SELECT 1 FROM _load_staging LIMIT 1", "");
		sql_finish(st);
		/* The checkpoint is new. */
		if (rc == RC_END)
			return part[0] == '\0' ? RC_OK
					       : set(c, "part", part, e);
	}
	if (rc != RC_OK || strcmp(stored, part) == 0)
		return rc;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "the checkpoint is for %s%.40s, but this run is for %s%.40s: give "
	    "another --state",
	    stored[0] == '\0' ? "all segments" : "--of ", stored,
	    part[0] == '\0' ? "all segments" : "--of ", part);
}

enum rc
meta_set_pause(struct checkpoint *c, int64_t until, struct err *e)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRId64, until);
	return set(c, "pause", text, e);
}

enum rc
meta_get_pause(struct checkpoint *c, int64_t *until, struct err *e)
{
	char text[VALUE_MAX];
	const enum rc rc = get(c, "pause", text, e);

	*until = rc == RC_OK ? strtoll(text, NULL, 10) : 0;
	return rc == RC_END ? RC_OK : rc;
}
