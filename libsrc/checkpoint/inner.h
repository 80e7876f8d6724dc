/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of checkpoint/ share and nobody else sees.
 */
#ifndef CHECKPOINT_INNER_H
#define CHECKPOINT_INNER_H

#include "checkpoint/checkpoint.h"
#include "checkpoint/sql.h"

/* The statements that are kept prepared; their text is in statement.c. */
enum statement {
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

struct checkpoint {
	struct sqlite3 *db;
	int lock;  /* -1 when only looking */
	bool hold; /* ambiguous batches are not taken */
	struct sqlite3_stmt *kept[SQL_COUNT];
};

/* The statement, prepared on first use. */
enum rc statement_use(struct checkpoint *s, enum statement which,
    struct sqlite3_stmt **out, struct err *e);

/* The tables of a new checkpoint. */
extern const char statement_tables[];

/* meta.c: what a checkpoint knows of itself, beside its tables. */
#define META_LAYOUT "5"
enum rc meta_add(
    struct sqlite3 *db, const char *name, const char *value, struct err *e);

/* Whether this program knows its layout. */
enum rc meta_version(
    struct checkpoint *s, const struct checkpoint_place *where, struct err *e);

/* Call tell with the target it is for. */
enum rc meta_target(struct checkpoint *s,
    enum rc (*tell)(void *arg, const char *name), void *arg, struct err *e);

/* Whether it is for this target. */
enum rc meta_check(
    struct checkpoint *s, const struct checkpoint_place *where, struct err *e);

/* Forget the statements, so that the connection can be closed. */
void statement_finish_all(struct checkpoint *s);

/* The sum that guards a row of _load_batch. */
enum rc batch_row_sum(const struct batch *b, int64_t *sum, struct err *e);

/* Read a row of _load_batch as SQL_BATCH_NEXT gives it. */
enum rc batch_row_read(
    struct sqlite3_stmt *row, struct batch *b, struct err *e);

/* Look at every row; WHY_CORRUPT when one does not hold. */
enum rc integrity_check(struct checkpoint *s, bool embedded, struct err *e);

/* Marks a file of its own as a checkpoint, in its header. */
extern const char integrity_mark[];

#endif
