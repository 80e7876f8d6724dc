/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checkpoint of a target: the batches of the stagings that are loaded into
 * it, and the state of each batch.
 *
 * It is an SQLite file of its own, or tables (_load_...) inside the target's
 * database. While it is open it is locked; the lock ends with the process, even
 * if that is killed. Committed changes survive a crash. A checkpoint that is
 * damaged or incomplete is refused (WHY_CORRUPT), never recreated.
 *
 * The contents are described in batch.h, scope.h and meta.h; totals.h and
 * history.h read sums and lists of them.
 */
#ifndef CHECKPOINT_CHECKPOINT_H
#define CHECKPOINT_CHECKPOINT_H

#include <stdbool.h>

#include "util/err.h"

struct checkpoint;
struct sqlite3;

struct checkpoint_place {
	const char *file;   /* path of the database */
	const char *lock;   /* path of the file to lock; may be the database */
	const char *target; /* name of the target; NULL: any target */
	/* `file` is also the database into which rows are loaded. */
	bool embedded;
};

/* Open and lock a checkpoint; create it if there is none. WHY_LOCKED: another
 * evtxload has it open. WHY_USAGE: it belongs to another target to which
 * something may have been delivered. */
enum rc checkpoint_open(const struct checkpoint_place *place,
    struct checkpoint **cp, struct err *e);

/* Open a checkpoint for reading only, without a lock. Its folder need not be
 * writable. RC_END if there is no checkpoint. */
enum rc checkpoint_open_read_only(const struct checkpoint_place *place,
    struct checkpoint **cp, struct err *e);

void checkpoint_close(struct checkpoint *c); /* takes NULL */

/* The database connection, for a sink whose rows are in the same database. */
struct sqlite3 *checkpoint_db(struct checkpoint *c);

/* Call it with `on` before, and without after, many rows are added outside a
 * transaction. With `on`, added pages are written once instead of twice (first
 * into a write-ahead log), but others cannot read the database during a
 * transaction. It affects only speed, so failures are ignored. */
void checkpoint_bulk(struct checkpoint *c, bool on);

/* A transaction: either all changes between begin and commit are stored, or
 * none. */
enum rc checkpoint_begin(struct checkpoint *c, struct err *e);
enum rc checkpoint_commit(struct checkpoint *c, struct err *e);
void checkpoint_rollback(struct checkpoint *c);

#endif
