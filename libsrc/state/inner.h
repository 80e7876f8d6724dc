/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of state/ share and nobody else sees.
 */
#ifndef STATE_INNER_H
#define STATE_INNER_H

#include "state/sql.h"
#include "state/state.h"

/* The statements that are kept prepared; their text is in statement.c. */
enum state_sql {
	SQL_STAGING_FIND,
	SQL_STAGING_COUNT,
	SQL_STAGING_ADD,
	SQL_SEGMENT_FIND,
	SQL_SEGMENT_ADD,
	SQL_STAGING_EACH,
	SQL_RUN_ADD,
	SQL_RUN_HAS,
	SQL_RUN_FIND,
	SQL_BATCH_ADD,
	SQL_BATCH_NEXT,
	SQL_BATCH_LEFT,
	SQL_BATCH_SENT,
	SQL_BATCH_DEAD,
	SQL_BATCH_PUT,
	SQL_ATTEMPT_ADD,
	SQL_ATTEMPT_END,
	SQL_REFUSED_ADD,
	SQL_REFUSED_DROP,
	SQL_META_PUT,
	SQL_COUNT,
};

struct state {
	struct sqlite3 *db;
	int lock;  /* -1 when only looking */
	bool hold; /* ambiguous batches are not taken */
	struct sqlite3_stmt *kept[SQL_COUNT];
};

/* The statement, prepared on first use. */
enum rc state_use(struct state *s, enum state_sql which,
    struct sqlite3_stmt **out, struct err *e);

/* The tables of a new checkpoint. */
extern const char state_tables[];

/* meta.c: what a checkpoint knows of itself, beside its tables. */
#define META_LAYOUT "5"
enum rc meta_add(
    struct sqlite3 *db, const char *name, const char *value, struct err *e);

/* Whether this program knows its layout. */
enum rc meta_version(
    struct state *s, const struct state_where *where, struct err *e);

/* Call tell with the target it is for. */
enum rc meta_target(struct state *s,
    enum rc (*tell)(void *arg, const char *name), void *arg, struct err *e);

/* Whether it is for this target. */
enum rc meta_check(
    struct state *s, const struct state_where *where, struct err *e);

/* Forget the statements, so that the connection can be closed. */
void state_forget(struct state *s);

/* The sum that guards a row of _load_batch. */
enum rc state_sum(const struct state_batch *b, int64_t *sum, struct err *e);

/* Read a row of _load_batch as SQL_BATCH_NEXT gives it. */
enum rc state_row(
    struct sqlite3_stmt *row, struct state_batch *b, struct err *e);

/* Look at every row; WHY_CORRUPT when one does not hold. */
enum rc state_check(struct state *s, bool embedded, struct err *e);

/* Marks a file of its own as a checkpoint, in its header. */
extern const char state_mark[];

#endif
