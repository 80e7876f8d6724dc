/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares the tables of a database with those that this program creates.
 *
 * A foreign trigger, CHECK or UNIQUE could drop or change rows without an
 * error. The text that creates the tables is run in an empty database, and the
 * tables and indexes of both are compared. Columns that were added for
 * properties without a column may follow. Views, tables and plain indexes of
 * others are not compared.
 */
#ifndef CHECKPOINT_DDL_H
#define CHECKPOINT_DDL_H

#include "util/err.h"

struct sqlite3;

/* text: the statements that create the tables. WHY_TAMPERED: the message says
 * which table or index differs, and where. */
enum rc ddl_check(struct sqlite3 *db, const char *text, struct err *e);

#endif
