/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a checkpoint knows of itself: its layout, its target, and until when
 * that asked us to wait.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "checkpoint/inner.h"

#define VALUE_TEXT 4096

enum rc
meta_add(struct sqlite3 *db, const char *name, const char *value, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = sql_prepare(
	    db, "INSERT INTO _load_meta(name, value) VALUES(?, ?)", &st, e);

	if (rc == RC_OK)
		rc = sql_bind(st, e, "tt", name, value);
	if (rc == RC_OK)
		rc = sql_run(st, e);
	sql_finish(st);
	return rc;
}

static enum rc
put(struct checkpoint *s, const char *name, const char *value, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = statement_use(s, SQL_META_PUT, &st, e);

	if (rc == RC_OK)
		rc = sql_bind(st, e, "tt", name, value);
	return rc == RC_OK ? sql_run(st, e) : rc;
}

/* RC_END: there is none of this name. */
static enum rc
get(struct checkpoint *s, const char *name, char out[VALUE_TEXT], struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = sql_prepare(
	    s->db, "SELECT value FROM _load_meta WHERE name = ?", &st, e);

	if (rc == RC_OK)
		rc = sql_bind(st, e, "t", name);
	if (rc == RC_OK)
		rc = sql_step(st, e);
	if (rc == RC_OK) {
		const char *const text =
		    (const char *)sqlite3_column_text(st, 0);
		/* It is there, unless memory was short. */
		rc = text == NULL ? err_nomem(e) : RC_OK;
		(void)snprintf(out, VALUE_TEXT, "%s", text == NULL ? "" : text);
	}
	sql_finish(st);
	return rc;
}

static enum rc
need(
    struct checkpoint *s, const char *name, char out[VALUE_TEXT], struct err *e)
{
	const enum rc rc = get(s, name, out, e);

	if (rc == RC_END)
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "the checkpoint lacks its %s", name);
	return rc;
}

/* --- the target ---------------------------------------------------------- */

/* Something may have reached the target, or it said something of a record. */
static const char bound[] =
    "SELECT 1 FROM _load_batch WHERE status IN (1, 2) OR ambiguous"
    " UNION ALL SELECT 1 FROM _load_refused WHERE http <> 0 LIMIT 1";

static enum rc
is_bound(struct checkpoint *s, bool *yes, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = sql_prepare(s->db, bound, &st, e);

	if (rc == RC_OK)
		rc = sql_step(st, e);
	sql_finish(st);
	*yes = rc == RC_OK;
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
rebind(struct checkpoint *s, const struct checkpoint_place *where,
    const char *was, struct err *e)
{
	bool yes = true;
	enum rc rc = is_bound(s, &yes, e);

	if (rc != RC_OK)
		return rc;
	if (yes || s->lock == -1)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "the checkpoint %s belongs to another target (%.200s): "
		    "give another --state",
		    where->file, was);
	rc = put(s, "target", where->target, e);
	return rc == RC_OK ? meta_set_pause(s, 0, e) : rc;
}

enum rc
meta_version(
    struct checkpoint *s, const struct checkpoint_place *where, struct err *e)
{
	char text[VALUE_TEXT];
	const enum rc rc = need(s, "version", text, e);

	if (rc != RC_OK)
		return rc;
	if (strcmp(text, META_LAYOUT) != 0)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s has a checkpoint of version %.20s, this program knows "
		    "version " META_LAYOUT,
		    where->file, text);
	return RC_OK;
}

enum rc
meta_check(
    struct checkpoint *s, const struct checkpoint_place *where, struct err *e)
{
	char text[VALUE_TEXT];
	const enum rc rc = need(s, "target", text, e);

	if (rc != RC_OK || where->target == NULL || where->embedded ||
	    strcmp(text, where->target) == 0)
		return rc;
	return rebind(s, where, text, e);
}

enum rc
meta_target(struct checkpoint *s, enum rc (*tell)(void *arg, const char *name),
    void *arg, struct err *e)
{
	char text[VALUE_TEXT];
	const enum rc rc = need(s, "target", text, e);

	return rc == RC_OK ? tell(arg, text) : rc;
}

enum rc
meta_check_key_version(struct checkpoint *s, uint64_t version, struct err *e)
{
	char now[32];
	char then[VALUE_TEXT];

	(void)snprintf(now, sizeof(now), "%" PRIu64, version);
	if (version == 0)
		return RC_OK;
	const enum rc rc = get(s, "key_version", then, e);
	if (rc == RC_END)
		return put(s, "key_version", now, e);
	if (rc != RC_OK || strcmp(then, now) == 0)
		return rc;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "the database has RecordKeys of version %.20s, the staging "
	    "directory of version %s: load it into another database, or stage "
	    "it again",
	    then, now);
}

/* --- the pause ----------------------------------------------------------- */

enum rc
meta_set_pause(struct checkpoint *s, int64_t until, struct err *e)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRId64, until);
	return put(s, "pause", text, e);
}

enum rc
meta_get_pause(struct checkpoint *s, int64_t *until, struct err *e)
{
	char text[VALUE_TEXT];
	const enum rc rc = get(s, "pause", text, e);

	*until = rc == RC_OK ? strtoll(text, NULL, 10) : 0;
	return rc == RC_END ? RC_OK : rc;
}
