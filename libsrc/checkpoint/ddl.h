/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares the tables of a database with those that this program creates.
 *
 * A trigger, CHECK or UNIQUE that somebody else added could drop or change rows
 * without an error. So the statements that create our tables are run in an
 * empty database, and the definitions of tables and indexes in both databases
 * are compared. Our tables may have additional TEXT columns, which the sink
 * adds for properties without a column. Views, and tables and plain indexes of
 * other programs, are not compared.
 */
#ifndef CHECKPOINT_DDL_H
#define CHECKPOINT_DDL_H

#include "util/err.h"

struct sqlite3;

/* `text` contains the statements that create the tables. WHY_TAMPERED with the
 * table or index that differs, and the first difference. */
enum rc ddl_check(struct sqlite3 *db, const char *text, struct err *e);

#endif
