/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The unique index of the keys of a table.
 *
 * Keys are random, so each insert changes a different page of the index; from
 * some millions of rows on this takes most of the time. An empty table is
 * therefore filled without the index. It is created by one sort after the last
 * row, and rows whose key an earlier row has are removed then.
 */
#ifndef SINK_SQLITE_KEYS_H
#define SINK_SQLITE_KEYS_H

#include "sink/sqlite_columns.h"

/* Create the index if the table is empty. *there becomes true if the table has
 * the index. */
enum rc sqlite_keys_open(
    struct sqlite3 *db, const struct table *table, bool *there, struct err *e);

/* Drop the index if the table is empty; *dropped becomes true then. */
enum rc sqlite_keys_drop(struct sqlite3 *db, const struct table *table,
    bool *dropped, struct err *e);

/* Create the index, after removing the rows whose key an earlier row has. Their
 * conflicts are kept. Must be called inside a transaction. */
enum rc sqlite_keys_create(const struct sqlite_columns *columns,
    const struct sink_finish *finish, struct err *e);

#endif
