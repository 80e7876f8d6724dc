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

#include "checkpoint/ddl.h"
#include "checkpoint/inner.h"

#define BUSY_MS 10000
#define CACHE_SIZE "PRAGMA cache_size = -32768;" /* KB */
#define PATH_TEXT 4096

/* --- the lock ------------------------------------------------------------ */

/* flock: it belongs to the open file, so it ends with the process however that
 * ends, and it does not meet SQLite's own locks, which are of another kind.
 * The descriptor must stay open longer than the connection: closing any
 * descriptor of a file drops the POSIX locks SQLite holds on it. */
static enum rc
take_lock(struct checkpoint *s, const char *path, struct err *e)
{
	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock == -1)
		return err_sys(e, RC_FATAL, "open %s", path);
	if (flock(s->lock, LOCK_EX | LOCK_NB) == 0)
		return RC_OK;
	if (errno == EWOULDBLOCK)
		return err_set(e, RC_FATAL, WHY_LOCKED,
		    "another evtxload is at work on %s", path);
	return err_sys(e, RC_FATAL, "lock %s", path);
}

/* --- making it ----------------------------------------------------------- */

static enum rc
connect(const char *path, int how, struct sqlite3 **db, struct err *e)
{
	/* One thread has it: no locks around every call and every piece of
	 * memory. The second is refused once the library runs, which is no
	 * harm. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	const int code =
	    sqlite3_open_v2(path, db, how | SQLITE_OPEN_NOMUTEX, NULL);

	if (*db == NULL)
		return err_nomem(e);
	(void)sqlite3_extended_result_codes(*db, 1);
	if (code != SQLITE_OK)
		return sql_fail(*db, "open", e);
	(void)sqlite3_busy_timeout(*db, BUSY_MS);
	/* A database may be anybody's: nothing in its schema runs. */
	(void)sqlite3_db_config(*db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(*db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	(void)sqlite3_db_config(*db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	(void)sqlite3_db_config(*db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	/* Evidence does not belong into /tmp. */
	return sql_exec(*db,
	    "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
	    "PRAGMA temp_store = MEMORY;" CACHE_SIZE,
	    e);
}

static enum rc
connect_writing(const char *path, struct sqlite3 **db, struct err *e)
{
	const enum rc rc = connect(path, SQLITE_OPEN_READWRITE, db, e);

	if (rc != RC_OK)
		return rc;
	/* Only a new file takes the size: rows of 1.4 KB leave less of a page
	 * of 8 KB empty. SQLite keeps the number of pages in its cache when
	 * their size changes, so the cache is set again. */
	return sql_exec(*db,
	    "PRAGMA page_size = 8192;" CACHE_SIZE
	    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	    "PRAGMA wal_autocheckpoint = 4000;",
	    e);
}

static enum rc
make_tables(struct sqlite3 *db, const char *target, struct err *e)
{
	enum rc rc = sql_exec(db, "BEGIN IMMEDIATE", e);

	if (rc != RC_OK)
		return rc;
	rc = sql_exec(db, statement_tables, e);
	if (rc == RC_OK)
		rc = meta_add(db, "version", META_LAYOUT, e);
	if (rc == RC_OK)
		rc = meta_add(db, "target", target, e);
	if (rc == RC_OK)
		return sql_exec(db, "COMMIT", e);
	(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

static enum rc
sync_folder_of(const char *path, struct err *e)
{
	char folder[PATH_TEXT];
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

/* A new state of its own is finished before it has its name, so that a file
 * under this name that holds no state was damaged and not interrupted. */
static enum rc
make_file(const struct checkpoint_place *where, struct err *e)
{
	struct sqlite3 *db = NULL;
	char path[PATH_TEXT];

	const int n = snprintf(path, sizeof(path), "%s.new", where->file);
	if (n < 0 || (size_t)n >= sizeof(path))
		return err_set(
		    e, RC_FATAL, WHY_LIMIT, "path too long: %s", where->file);
	(void)unlink(path);
	const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_sys(e, RC_FATAL, "create %s", path);
	(void)close(fd);
	enum rc rc = connect(path, SQLITE_OPEN_READWRITE, &db, e);
	/* No log: what a close cannot move from there into the file would be
	 * left behind by the rename, and a close does not tell. No journal: a
	 * file without its name need not come through a crash. */
	if (rc == RC_OK)
		rc = sql_exec(db,
		    "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = FULL;",
		    e);
	if (rc == RC_OK)
		rc = make_tables(db, where->target, e);
	if (rc == RC_OK)
		rc = sql_exec(db, integrity_mark, e);
	if (sqlite3_close(db) != SQLITE_OK && rc == RC_OK)
		rc = sql_fail(db, "close", e);
	if (rc == RC_OK && rename(path, where->file) == -1)
		rc = err_sys(e, RC_FATAL, "rename %s", path);
	return rc == RC_OK ? sync_folder_of(where->file, e) : rc;
}

/* --- looking whether it holds -------------------------------------------- */

static enum rc
has_tables(struct sqlite3 *db, bool *yes, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = sql_prepare(db,
	    "SELECT 1 FROM sqlite_schema WHERE name = '_load_meta'", &st, e);

	if (rc == RC_OK)
		rc = sql_step(st, e);
	sql_finish(st);
	*yes = rc == RC_OK;
	return rc == RC_END ? RC_OK : rc;
}

/* A run speaks of the segments it was given; the table of them is its own. */
static enum rc
open_tables(
    struct checkpoint *s, const struct checkpoint_place *where, struct err *e)
{
	bool there = false;
	enum rc rc = has_tables(s->db, &there, e);

	if (rc == RC_OK && !there && !where->embedded)
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "%s holds no checkpoint: it was damaged; restore it, or "
		    "remove it to send everything again",
		    where->file);
	if (rc == RC_OK && !there)
		rc = make_tables(s->db, where->target, e);
	if (rc == RC_OK)
		rc = meta_version(s, where, e);
	if (rc == RC_OK)
		rc = ddl_check(s->db, statement_tables, e);
	if (rc == RC_OK)
		rc = integrity_check(s, where->embedded, e);
	if (rc == RC_OK)
		rc = meta_check(s, where, e);
	if (rc != RC_OK)
		return rc;
	return sql_exec(s->db,
	    "CREATE TEMP TABLE _load_run(segment INTEGER PRIMARY KEY)", e);
}

/* --- open and close ------------------------------------------------------ */

static enum rc
open_locked(
    struct checkpoint *s, const struct checkpoint_place *where, struct err *e)
{
	struct stat st;
	enum rc rc = take_lock(s, where->lock, e);

	if (rc != RC_OK)
		return rc;
	if (!where->embedded && stat(where->file, &st) == -1 && errno == ENOENT)
		rc = make_file(where, e);
	if (rc == RC_OK)
		rc = connect_writing(where->file, &s->db, e);
	return rc == RC_OK ? open_tables(s, where, e) : rc;
}

enum rc
checkpoint_open(
    const struct checkpoint_place *where, struct checkpoint **sp, struct err *e)
{
	struct checkpoint *const s = calloc(1, sizeof(*s));

	*sp = NULL;
	if (s == NULL)
		return err_nomem(e);
	s->lock = -1;
	const enum rc rc = open_locked(s, where, e);
	if (rc != RC_OK) {
		checkpoint_close(s);
		return rc;
	}
	*sp = s;
	return RC_OK;
}

/* Where nothing can be written there is nobody who writes: the file may be
 * read as it is, if it is whole without a log beside it. */
static enum rc
connect_frozen(const char *path, struct sqlite3 **db, struct err *e)
{
	char text[3 * PATH_TEXT + 32];
	struct stat st;
	size_t n = 0;

	(void)snprintf(text, sizeof(text), "%.4000s-wal", path);
	if (stat(text, &st) == 0 && st.st_size > 0)
		return err_set(e, RC_FATAL, WHY_SYSTEM,
		    "%s was not closed, and its folder cannot be written: copy "
		    "both files to where they can",
		    path);
	n = (size_t)snprintf(text, sizeof(text), "file:");
	for (const char *p = path; *p != '\0' && n < sizeof(text) - 32; p++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    strchr("%?#", *p) != NULL ? "%%%02X" : "%c", *p);
	(void)snprintf(text + n, sizeof(text) - n, "?immutable=1");
	return connect(text, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, db, e);
}

/* A loader at work, or one that was killed, has a log beside the file. */
static bool
has_log(const char *path)
{
	static const char *const logs[] = { "-wal", "-journal" };
	char name[PATH_TEXT + 16];
	struct stat st;

	for (size_t i = 0; i < sizeof(logs) / sizeof(*logs); i++) {
		(void)snprintf(name, sizeof(name), "%.4080s%s", path, logs[i]);
		if (stat(name, &st) == 0)
			return true;
	}
	return false;
}

/* In WAL mode SQLite creates two files beside the database even to read it, and
 * leaves them there. Without a log the file is whole and can be read alone. */
static enum rc
connect_reading(
    const char *path, struct sqlite3 **db, bool *there, struct err *e)
{
	enum rc rc = RC_END;

	if (has_log(path)) {
		rc = connect(path, SQLITE_OPEN_READONLY, db, e);
		if (rc == RC_OK)
			rc = has_tables(*db, there, e);
		if (rc == RC_OK || e->why == WHY_CORRUPT)
			return rc;
		(void)sqlite3_close(*db);
		*db = NULL;
	}
	rc = connect_frozen(path, db, e);
	return rc == RC_OK ? has_tables(*db, there, e) : rc;
}

static enum rc
open_look(
    struct checkpoint *s, const struct checkpoint_place *where, struct err *e)
{
	bool there = false;
	const enum rc rc = connect_reading(where->file, &s->db, &there, e);

	if (rc == RC_OK && !there && where->embedded)
		return RC_END;
	return rc == RC_OK ? open_tables(s, where, e) : rc;
}

enum rc
checkpoint_open_read_only(
    const struct checkpoint_place *where, struct checkpoint **sp, struct err *e)
{
	struct stat st;

	*sp = NULL;
	if (stat(where->file, &st) == -1 && errno == ENOENT)
		return RC_END;
	struct checkpoint *const s = calloc(1, sizeof(*s));
	if (s == NULL)
		return err_nomem(e);
	s->lock = -1;
	const enum rc rc = open_look(s, where, e);
	if (rc != RC_OK) {
		checkpoint_close(s);
		return rc;
	}
	*sp = s;
	return RC_OK;
}

void
checkpoint_close(struct checkpoint *s)
{
	if (s == NULL)
		return;
	statement_finish_all(s);
	(void)sqlite3_close(s->db);
	if (s->lock != -1)
		(void)close(s->lock);
	free(s);
}

struct sqlite3 *
checkpoint_db(struct checkpoint *s)
{
	return s->db;
}

enum rc
checkpoint_begin(struct checkpoint *s, struct err *e)
{
	return sql_exec(s->db, "BEGIN IMMEDIATE", e);
}

enum rc
checkpoint_commit(struct checkpoint *s, struct err *e)
{
	return sql_exec(s->db, "COMMIT", e);
}

void
checkpoint_rollback(struct checkpoint *s)
{
	(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}
