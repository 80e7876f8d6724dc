/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns of a table of rows, each with its parameter in the statements
 * that insert a row.
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
	size_t at;     /* its parameter, from 1 */
	size_t next;   /* the column that followed it in the last line */
	bool integer;  /* as declared */
	uint64_t seen; /* for the caller: the last line that had it */
};

struct sqlite_columns {
	struct sqlite3 *db;
	const struct table *table;
	struct sqlite_column *all; /* sorted by name */
	size_t n;
	size_t last;                   /* found last, or n */
	struct sqlite3_stmt *insert;   /* a row, if its key is new */
	struct sqlite3_stmt *conflict; /* a row whose key is there */
};

/* Read them from the table and prepare the statements. */
enum rc sqlite_columns_read(struct sqlite_columns *c, struct err *e);

/* Free them; takes columns that are all zero. */
void sqlite_columns_free(struct sqlite_columns *c);

/* By name, or NULL. */
struct sqlite_column *sqlite_columns_find(
    const struct sqlite_columns *c, struct span name);

/* The same for the names of a line, one after the other: most follow the one
 * that they followed in the last line. Set c->last to c->n for a new line. */
struct sqlite_column *sqlite_columns_next(
    struct sqlite_columns *c, struct span name);

/* Whether the table can have one more column of this name. */
bool sqlite_columns_can_add(const struct sqlite_columns *c, const char *name);

/* Add one; they have to be read again. */
enum rc sqlite_columns_add(
    const struct sqlite_columns *c, const char *name, struct err *e);

#endif
