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

/* Remove the primary key if the table is empty; *dropped becomes true then.
 * Must be called inside a transaction. */
enum rc sqlite_keys_drop(struct sqlite3 *db, const struct table *table,
    bool *dropped, struct err *e);

/* Create the primary key, after removing the rows whose key an earlier row has.
 * Their conflicts are kept. Must be called inside a transaction. */
enum rc sqlite_keys_create(const struct sqlite_columns *columns,
    const struct sink_finish *finish, struct err *e);

#endif
