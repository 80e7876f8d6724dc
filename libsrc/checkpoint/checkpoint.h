/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checkpoint of a target: which batches there are and what became of each.
 *
 * It is an SQLite file of its own, or tables (_load_...) inside the target's
 * database. While it is open it is locked; the lock ends with the process, even
 * if that is killed. Committed changes survive a crash. A checkpoint that is
 * damaged or incomplete is refused (WHY_CORRUPT), never recreated.
 *
 * What is in it: batch.h, scope.h, meta.h; sums and lists of it: totals.h,
 * history.h.
 */
#ifndef CHECKPOINT_CHECKPOINT_H
#define CHECKPOINT_CHECKPOINT_H

#include <stdbool.h>

#include "util/err.h"

struct checkpoint;
struct sqlite3;

struct checkpoint_place {
	const char *file;   /* the database */
	const char *lock;   /* the file to lock; may be the database */
	const char *target; /* the name of the target; NULL: any */
	bool embedded;      /* the file is the target's database */
};

/* Open and lock a checkpoint; create it if there is none. WHY_LOCKED: another
 * evtxload has it open. WHY_USAGE: it belongs to another target to which
 * something may have been delivered. */
enum rc checkpoint_open(const struct checkpoint_place *place,
    struct checkpoint **cp, struct err *e);

/* Open a checkpoint for reading only, without a lock, also where nothing can be
 * written. RC_END if there is none. */
enum rc checkpoint_open_read_only(const struct checkpoint_place *place,
    struct checkpoint **cp, struct err *e);

void checkpoint_close(struct checkpoint *c); /* takes NULL */

/* The connection, for a sink whose rows are in the same database. */
struct sqlite3 *checkpoint_db(struct checkpoint *c);

/* Before and after many rows are added outside a transaction. With `on`, pages
 * that are added are written once instead of twice (into a write-ahead log
 * first), but others cannot read the database during a transaction. Only speed
 * depends on it, so it cannot fail. */
void checkpoint_bulk(struct checkpoint *c, bool on);

/* A transaction: everything between begin and commit is stored, or nothing. */
enum rc checkpoint_begin(struct checkpoint *c, struct err *e);
enum rc checkpoint_commit(struct checkpoint *c, struct err *e);
void checkpoint_rollback(struct checkpoint *c);

#endif
