/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inserts the planned batches of a session into a database.
 *
 * Rows and checkpoint are in one database: a batch and its acknowledgement are
 * committed in one transaction.
 */
#ifndef LOAD_INSERT_H
#define LOAD_INSERT_H

#include "load/session.h"

/* Errors as of load_push(). WHY_TAMPERED: afterwards the tables do not have the
 * rows that they must have. */
enum rc insert_run(struct session *s, struct err *e);

#endif
