/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "checkpoint/checkpoint.h"
#include "checkpoint/ddl.h"
#include "checkpoint/integrity.h"
#include "checkpoint/meta.h"
#include "checkpoint/sql.h"
#include "checkpoint/statement.h"

#define BUSY_MS 10000
/* Cache of 16 MiB: a negative number is a size in KiB. */
#define CACHE_SIZE "PRAGMA cache_size = -16384;"
#define PATH_MAX_TEXT 4096

/* --- connections --------------------------------------------------------- */

static enum rc
connect(const char *path, int flags, struct sqlite3 **db, struct err *e)
{
	/* Only one thread uses SQLite. Without memory statistics, SQLite takes
	 * no lock for each allocation. The call fails, without harm, if SQLite
	 * is in use already. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	const int code =
	    sqlite3_open_v2(path, db, flags | SQLITE_OPEN_NOMUTEX, NULL);

	if (*db == NULL)
		return err_nomem(e);
	(void)sqlite3_extended_result_codes(*db, 1);
	if (code != SQLITE_OK)
		return sql_fail(*db, "open the database", e);
	(void)sqlite3_busy_timeout(*db, BUSY_MS);
	/* Anybody may have written the database: run no code from its schema.
	 */
	(void)sqlite3_db_config(*db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(*db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	(void)sqlite3_db_config(*db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	(void)sqlite3_db_config(*db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	/* Temporary tables stay in memory: evidence must not get into /tmp. */
	return sql_exec(*db,
	    "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
	    "PRAGMA temp_store = MEMORY;" CACHE_SIZE,
	    e);
}

static enum rc
has_tables(struct sqlite3 *db, bool *yes, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	const enum rc rc = sql_query(db, &st, e,
	    "SELECT 1 FROM sqlite_schema WHERE name = '_load_meta'", "");

	sql_finish(st);
	*yes = rc == RC_OK;
	return rc == RC_END ? RC_OK : rc;
}

/* Open a database that a loader is writing, or was writing when it was killed.
 * Its unfinished transaction must be rolled back before anything is read, which
 * SQLite does not do for a read-only connection. */
static enum rc
connect_with_log(
    const char *path, struct sqlite3 **db, bool *there, struct err *e)
{
	enum rc rc = connect(path, SQLITE_OPEN_READONLY, db, e);

	if (rc == RC_OK)
		rc = has_tables(*db, there, e);
	if (*db == NULL ||
	    sqlite3_extended_errcode(*db) != SQLITE_READONLY_ROLLBACK)
		return rc;
	(void)sqlite3_close(*db);
	err_clear(e);
	rc = connect(path, SQLITE_OPEN_READWRITE, db, e);
	return rc == RC_OK ? has_tables(*db, there, e) : rc;
}

/* To read a database in WAL mode, SQLite creates two files beside it and leaves
 * them there. If there is no journal or WAL of a loader that runs or was
 * killed, the file is complete and is opened as immutable instead, which
 * creates no files. A file in a folder that is not writable is opened as
 * immutable too, unless its journal or WAL contains changes. */
static enum rc
connect_for_reading(
    const char *path, struct sqlite3 **db, bool *there, struct err *e)
{
	static const char *const logs[] = { "-journal", "-wal" };
	char text[3 * PATH_MAX_TEXT + 32];
	struct stat st = { .st_size = 0 };
	bool has_log = false;
	/* Suffix of the journal that has changes; NULL: none has. */
	const char *changes = NULL;
	enum rc rc = RC_END;

	for (size_t i = 0; i < sizeof(logs) / sizeof(*logs); i++) {
		(void)snprintf(text, sizeof(text), "%.4080s%s", path, logs[i]);
		const bool is = stat(text, &st) == 0;
		has_log = has_log || is;
		if (is && st.st_size > 0)
			changes = logs[i];
	}
	if (has_log) {
		rc = connect_with_log(path, db, there, e);
		if (rc == RC_OK || rc == RC_RETRY || e->why == WHY_CORRUPT)
			return rc;
		(void)sqlite3_close(*db);
		*db = NULL;
		err_clear(e);
	}
	if (changes != NULL)
		return err_set(e, RC_FATAL, WHY_SYSTEM,
		    "%s was not closed and its folder is not writable: copy "
		    "it and %s%s to a writable folder",
		    path, path, changes);
	size_t n = (size_t)snprintf(text, sizeof(text), "file:");
	for (const char *p = path; *p != '\0' && n < sizeof(text) - 32; p++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    strchr("%?#", *p) != NULL ? "%%%02X" : "%c", *p);
	(void)snprintf(text + n, sizeof(text) - n, "?immutable=1");
	rc = connect(text, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, db, e);
	return rc == RC_OK ? has_tables(*db, there, e) : rc;
}

/* --- creating a checkpoint ----------------------------------------------- */

static enum rc
create_tables(struct sqlite3 *db, const char *target, struct err *e)
{
	enum rc rc = sql_exec(db, "BEGIN IMMEDIATE", e);

	if (rc != RC_OK)
		return rc;
	rc = sql_exec(db, statement_tables, e);
	if (rc == RC_OK)
		rc = meta_init(db, target, e);
	if (rc == RC_OK)
		return sql_exec(db, "COMMIT", e);
	(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

static enum rc
sync_folder_of(const char *path, struct err *e)
{
	char folder[PATH_MAX_TEXT];
	const char *const slash = strrchr(path, '/');
	const int n = slash == NULL ? 1 : (int)(slash - path) + 1;

	(void)snprintf(
	    folder, sizeof(folder), "%.*s", n, slash == NULL ? "." : path);
	const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return err_sys(e, RC_FATAL, "open %s", folder);
	const int synced = fsync(fd);
	(void)close(fd);
	return synced == 0 ? RC_OK : err_sys(e, RC_FATAL, "sync %s", folder);
}

/* Create a checkpoint file under a temporary name and rename it when it is
 * complete. So a file with the final name but without a checkpoint is damaged,
 * not left by an interrupted run. */
static enum rc
create_file(const struct checkpoint_place *place, struct err *e)
{
	struct sqlite3 *db = NULL;
	char path[PATH_MAX_TEXT];

	const int n = snprintf(path, sizeof(path), "%s.new", place->file);
	if (n < 0 || (size_t)n >= sizeof(path))
		return err_set(
		    e, RC_FATAL, WHY_LIMIT, "path too long: %s", place->file);
	(void)unlink(path);
	const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_sys(e, RC_FATAL, "create %s", path);
	(void)close(fd);
	enum rc rc = connect(path, SQLITE_OPEN_READWRITE, &db, e);
	/* Do not use a WAL: sqlite3_close() does not report if it cannot copy
	 * the WAL into the file, and the rename would then leave the WAL
	 * behind. The journal may be in memory: after a crash, the next run
	 * deletes the unfinished file. */
	if (rc == RC_OK)
		rc = sql_exec(db,
		    "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = FULL;",
		    e);
	if (rc == RC_OK)
		rc = create_tables(db, place->target, e);
	if (rc == RC_OK)
		rc = integrity_mark(db, e);
	if (sqlite3_close(db) != SQLITE_OK && rc == RC_OK)
		rc = sql_fail(db, "close the database", e);
	if (rc == RC_OK && rename(path, place->file) == -1)
		rc = err_sys(e, RC_FATAL, "rename %s", path);
	return rc == RC_OK ? sync_folder_of(place->file, e) : rc;
}

/* --- open and close ------------------------------------------------------ */

/* Put the temporary files of sorts beside the database: whoever can read that
 * folder can read the rows anyway. SQLite unlinks the files as soon as they are
 * open. */
static enum rc
sort_beside(struct checkpoint *c, const char *path, struct err *e)
{
	const char *const slash = strrchr(path, '/');
	const int n = slash == NULL ? 1 : (int)(slash - path) + 1;

	sqlite3_free(sqlite3_temp_directory);
	sqlite3_temp_directory =
	    sqlite3_mprintf("%.*s", n, slash == NULL ? "." : path);
	if (sqlite3_temp_directory == NULL)
		return err_nomem(e);
	c->sorts_beside = true;
	return sql_exec(c->db, "PRAGMA temp_store = FILE", e);
}

/* Check everything, then create the temporary table of the run's scope. */
static enum rc
check_tables(
    struct checkpoint *c, const struct checkpoint_place *place, struct err *e)
{
	enum rc rc = meta_check_version(c, place, e);

	if (rc == RC_OK)
		rc = ddl_check(c->db, statement_tables, e);
	if (rc == RC_OK)
		rc = integrity_check(c->db, place->embedded, e);
	if (rc == RC_OK)
		rc = meta_check_target(c, place, e);
	if (rc != RC_OK)
		return rc;
	return sql_exec(c->db,
	    "CREATE TEMP TABLE _load_run(segment INTEGER PRIMARY KEY)", e);
}

static enum rc
no_checkpoint(const struct checkpoint_place *place, struct err *e)
{
	return err_set(e, RC_FATAL, WHY_CORRUPT,
	    "%s is damaged: it contains no checkpoint; restore it, or remove "
	    "it to send everything again",
	    place->file);
}

static enum rc
open_for_writing(
    struct checkpoint *c, const struct checkpoint_place *place, struct err *e)
{
	struct stat st;
	bool there = false;
	enum rc rc = RC_OK;

	/* flock() is released when the process ends in any way, and does not
	 * interfere with SQLite's own locks, which are POSIX locks. The
	 * descriptor must be closed after the connection: closing any
	 * descriptor of a file releases the POSIX locks that the process has on
	 * it. */
	c->lock = open(place->lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (c->lock == -1)
		return err_sys(e, RC_FATAL, "open %s", place->lock);
	if (flock(c->lock, LOCK_EX | LOCK_NB) == -1)
		return errno == EWOULDBLOCK
			   ? err_set(e, RC_FATAL, WHY_LOCKED,
				 "another evtxload is using %s", place->lock)
			   : err_sys(e, RC_FATAL, "lock %s", place->lock);
	if (!place->embedded && stat(place->file, &st) == -1 && errno == ENOENT)
		rc = create_file(place, e);
	if (rc == RC_OK)
		rc = connect(place->file, SQLITE_OPEN_READWRITE, &c->db, e);
	/* Rows of 1.4 KB waste less space in pages of 8 KB. SQLite applies the
	 * page size to a new file only. It then keeps the number of cached
	 * pages, so the cache size is set again. */
	if (rc == RC_OK)
		rc = sql_exec(c->db,
		    "PRAGMA page_size = 8192;" CACHE_SIZE
		    "PRAGMA journal_mode = WAL; PRAGMA synchronous = EXTRA;"
		    "PRAGMA wal_autocheckpoint = 4000;",
		    e);
	if (rc == RC_OK && place->embedded)
		rc = sort_beside(c, place->file, e);
	if (rc == RC_OK)
		rc = has_tables(c->db, &there, e);
	if (rc == RC_OK && !there)
		rc = place->embedded ? create_tables(c->db, place->target, e)
				     : no_checkpoint(place, e);
	return rc == RC_OK ? check_tables(c, place, e) : rc;
}

static enum rc
open_for_reading(
    struct checkpoint *c, const struct checkpoint_place *place, struct err *e)
{
	struct stat st;
	bool there = false;

	if (stat(place->file, &st) == -1 && errno == ENOENT)
		return RC_END;
	const enum rc rc = connect_for_reading(place->file, &c->db, &there, e);
	if (rc == RC_OK && !there)
		return place->embedded ? RC_END : no_checkpoint(place, e);
	return rc == RC_OK ? check_tables(c, place, e) : rc;
}

static enum rc
open_with(enum rc (*open)(struct checkpoint *c,
	      const struct checkpoint_place *place, struct err *e),
    const struct checkpoint_place *place, struct checkpoint **cp, struct err *e)
{
	struct checkpoint *const c = calloc(1, sizeof(*c));

	*cp = NULL;
	if (c == NULL)
		return err_nomem(e);
	c->lock = -1;
	const enum rc rc = open(c, place, e);
	if (rc != RC_OK) {
		checkpoint_close(c);
		return rc;
	}
	*cp = c;
	return RC_OK;
}

enum rc
checkpoint_open(
    const struct checkpoint_place *place, struct checkpoint **cp, struct err *e)
{
	return open_with(open_for_writing, place, cp, e);
}

enum rc
checkpoint_open_read_only(
    const struct checkpoint_place *place, struct checkpoint **cp, struct err *e)
{
	return open_with(open_for_reading, place, cp, e);
}

void
checkpoint_close(struct checkpoint *c)
{
	if (c == NULL)
		return;
	statement_finish_all(c);
	(void)sqlite3_close(c->db);
	if (c->sorts_beside) {
		sqlite3_free(sqlite3_temp_directory);
		sqlite3_temp_directory = NULL;
	}
	if (c->lock != -1)
		(void)close(c->lock);
	free(c);
}

struct sqlite3 *
checkpoint_db(struct checkpoint *c)
{
	return c->db;
}

void
checkpoint_bulk(struct checkpoint *c, bool on)
{
	/* TRUNCATE leaves an empty journal between two transactions, from which
	 * connect_for_reading() knows that the database is in use. Changing to
	 * WAL does not remove that file, changing to DELETE does. */
	(void)sqlite3_exec(c->db,
	    on ? "PRAGMA journal_mode = TRUNCATE"
	       : "PRAGMA journal_mode = DELETE; PRAGMA journal_mode = WAL",
	    NULL, NULL, NULL);
}

enum rc
checkpoint_begin(struct checkpoint *c, struct err *e)
{
	return sql_exec(c->db, "BEGIN IMMEDIATE", e);
}

enum rc
checkpoint_commit(struct checkpoint *c, struct err *e)
{
	return sql_exec(c->db, "COMMIT", e);
}

void
checkpoint_rollback(struct checkpoint *c)
{
	(void)sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
}
