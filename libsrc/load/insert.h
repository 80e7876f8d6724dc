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

/* Insert the batches. Errors are those of load_push(). WHY_TAMPERED if the
 * tables do not have the expected rows afterwards. */
enum rc insert_run(struct session *s, struct err *e);

#endif
