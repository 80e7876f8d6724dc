/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are the tables of a database those that we make?
 *
 * A trigger, a CHECK or a UNIQUE of somebody else could drop or change rows
 * without a word. Tables and indexes are compared with those that the same
 * text makes in an empty database; columns that were added for unknown
 * properties may follow. Views, tables and plain indexes of others are left
 * alone.
 */
#ifndef SINK_SQLITE_CHECK_H
#define SINK_SQLITE_CHECK_H

#include "util/err.h"

struct sqlite3;

/* text: that which makes the tables. WHY_TAMPERED: says what differs. */
enum rc sqlite_check(struct sqlite3 *db, const char *text, struct err *e);

#endif
