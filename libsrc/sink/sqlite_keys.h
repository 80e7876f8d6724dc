/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The primary key of a table.
 *
 * Keys are random, so each insert changes a different page of their index; from
 * some millions of rows on this takes most of the time. An empty table is
 * therefore filled without a primary key. One sort creates its index after the
 * last row, and rows whose key an earlier row has are removed then.
 */
#ifndef SINK_SQLITE_KEYS_H
#define SINK_SQLITE_KEYS_H

#include "sink/sqlite_columns.h"

enum sqlite_keys {
	/* Keys are not compared. A load is filling the table, or did not end.
	 */
	SQLITE_KEYS_NONE,
	/* A unique index, as an earlier version left it. */
	SQLITE_KEYS_INDEX,
	SQLITE_KEYS_PRIMARY,
};

enum rc sqlite_keys_find(struct sqlite3 *db, const struct table *table,
    enum sqlite_keys *keys, struct err *e);

/* Make the keys the primary key, unless they have to be compared first: then
 * *keys remains SQLITE_KEYS_NONE. */
enum rc sqlite_keys_open(struct sqlite3 *db, const struct table *table,
    enum sqlite_keys *keys, struct err *e);

/* Remove the primary key if the table is empty; *dropped becomes true then. */
enum rc sqlite_keys_drop(struct sqlite3 *db, const struct table *table,
    bool *dropped, struct err *e);

/* Create the primary key, after removing the rows whose key an earlier row has.
 * Their conflicts are kept. Must be called inside a transaction. */
enum rc sqlite_keys_create(const struct sqlite_columns *columns,
    const struct sink_finish *finish, struct err *e);

#endif
