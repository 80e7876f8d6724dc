/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that load_push() writes: dead.ndjson, ambiguous.ndjson, doubles.kql
 * and receipts.ndjson.
 */
#ifndef LOAD_REPORTS_H
#define LOAD_REPORTS_H

#include "load/session.h"

/* Write the files from the checkpoint. Sets the report's query. */
enum rc reports_write(struct session *s, struct err *e);

#endif
