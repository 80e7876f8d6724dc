/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the unique index of a table's keys its primary key, and the reverse,
 * without reading a row.
 *
 * SQLite has no statement for it: a primary key belongs to CREATE TABLE. On
 * disk, however, the index of a PRIMARY KEY of type TEXT is the same b-tree as
 * that of CREATE UNIQUE INDEX; only its row in sqlite_schema differs: its name
 * is sqlite_autoindex_TABLE_1 and its sql is NULL (SQLite's "Database File
 * Format", 2.6). So the rows of table and index in sqlite_schema are changed.
 * Both change in one transaction, or none.
 */
#ifndef SINK_SQLITE_PRIMARY_H
#define SINK_SQLITE_PRIMARY_H

#include <stdbool.h>

#include "util/column.h"
#include "util/err.h"

struct sqlite3;

/* Set *is: true if the keys of the table are its primary key. */
enum rc sqlite_primary_is(
    struct sqlite3 *db, const struct table *table, bool *is, struct err *e);

/* The unique index of sqlite_text_key() becomes the primary key. No statement
 * of the connection may be between two rows. */
enum rc sqlite_primary_set(
    struct sqlite3 *db, const struct table *table, struct err *e);

/* The primary key becomes the unique index of sqlite_text_key(). */
enum rc sqlite_primary_unset(
    struct sqlite3 *db, const struct table *table, struct err *e);

#endif
