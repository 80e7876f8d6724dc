/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An open checkpoint, for the files of this folder: the database connection and
 * its prepared statements.
 */
#ifndef CHECKPOINT_STATEMENT_H
#define CHECKPOINT_STATEMENT_H

#include <stdbool.h>

#include "checkpoint/checkpoint.h"
#include "util/err.h"

struct sqlite3_stmt;

/* The statements that stay prepared as long as the checkpoint is open. */
enum statement {
	STATEMENT_STAGING_FIND,
	STATEMENT_STAGING_COUNT,
	STATEMENT_STAGING_ADD,
	STATEMENT_STAGING_EACH,
	STATEMENT_SEGMENT_FIND,
	STATEMENT_SEGMENT_ADD,
	STATEMENT_SEGMENT_SET,
	STATEMENT_SCOPE_ADD,
	STATEMENT_SCOPE_HAS,
	STATEMENT_SCOPE_FIND,
	STATEMENT_BATCH_ADD,
	STATEMENT_BATCH_UPDATE,
	STATEMENT_BATCH_NEXT,
	STATEMENT_BATCH_NEXT_OF_SEGMENT,
	STATEMENT_BATCH_AT,
	STATEMENT_BATCH_UNANSWERED,
	STATEMENT_BATCH_REFUSED,
	STATEMENT_ATTEMPT_BEGIN,
	STATEMENT_ATTEMPT_END,
	STATEMENT_REFUSAL_ADD,
	STATEMENT_REFUSAL_REMOVE,
	STATEMENT_META_SET,
	STATEMENTS,
};

struct checkpoint {
	struct sqlite3 *db;
	int lock; /* descriptor of the lock; -1 if opened for reading only */
	bool hold_ambiguous; /* batch_next() skips ambiguous batches */
	bool sorts_beside;   /* sqlite3_temp_directory is set for `db` */
	struct sqlite3_stmt *prepared[STATEMENTS];
};

/* The statements that create the tables and indexes of a new checkpoint. */
extern const char statement_tables[];

/* Bind the values as sql_bind() does and step to the first row. RC_OK: read the
 * row from *row, then reset it with sqlite3_reset(). RC_END: there is no row.
 */
enum rc statement_query(struct checkpoint *c, enum statement which,
    struct sqlite3_stmt **row, struct err *e, const char *types, ...);

/* Run a statement that returns no rows. */
enum rc statement_run(struct checkpoint *c, enum statement which, struct err *e,
    const char *types, ...);

/* Finalize all statements, so that the connection can be closed. */
void statement_finish_all(struct checkpoint *c);

#endif
