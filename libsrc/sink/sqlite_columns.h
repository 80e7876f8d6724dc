/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns of a table of rows, and the statements that insert a row, in
 * which each column is one parameter.
 */
#ifndef SINK_SQLITE_COLUMNS_H
#define SINK_SQLITE_COLUMNS_H

#include "sink/sink.h"

struct sqlite3;
struct sqlite3_stmt;

#define SQLITE_COLUMN_NAME_MAX 200U

struct sqlite_column {
	char *name;
	size_t name_n;
	size_t at; /* number of the column's parameter, from 1 */
	/* Index in `all` of the column that followed this one in the last line.
	 */
	size_t next;
	bool integer;  /* the column is declared as INTEGER */
	uint64_t seen; /* number of the last line that had the column */
};

struct sqlite_columns {
	struct sqlite3 *db;
	const struct table *table;
	struct sqlite_column *all; /* columns of the table, sorted by name */
	size_t n;
	size_t last; /* index in `all` of the column found last; `n`: none */
	struct sqlite3_stmt *insert;   /* inserts a row unless its key exists */
	struct sqlite3_stmt *conflict; /* statement of sqlite_text_conflict() */
	/* Statement of sqlite_text_copy_conflict(). */
	struct sqlite3_stmt *copy;
};

/* Read the columns from the table and prepare the statements. */
enum rc sqlite_columns_read(struct sqlite_columns *c, struct err *e);

/* Free everything; takes columns that are all zero. */
void sqlite_columns_free(struct sqlite_columns *c);

/* Returns the column of this name, or NULL. */
struct sqlite_column *sqlite_columns_find(
    const struct sqlite_columns *c, struct span name);

/* Like sqlite_columns_find(), for the names of a line in their order: fast
 * because most names follow the same name as in the previous line. Set c->last
 * to c->n at the start of a line. */
struct sqlite_column *sqlite_columns_next(
    struct sqlite_columns *c, struct span name);

/* True if a column of this name can be added. */
bool sqlite_columns_can_add(const struct sqlite_columns *c, const char *name);

/* Add a column to the table. Read the columns again afterwards. */
enum rc sqlite_columns_add(
    const struct sqlite_columns *c, const char *name, struct err *e);

#endif
