/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks whether a checkpoint is intact and complete. Any other checkpoint is
 * refused: continuing from it could skip records.
 */
#ifndef CHECKPOINT_INTEGRITY_H
#define CHECKPOINT_INTEGRITY_H

#include <stdbool.h>

#include "util/err.h"

struct sqlite3;

/* Write the mark of a checkpoint into the header of a database that contains
 * only the checkpoint. */
enum rc integrity_mark(struct sqlite3 *db, struct err *e);

/* Check the mark (unless the checkpoint is embedded in a target's database),
 * the pages of its tables, the checksum and key of each batch, and that no
 * batch, attempt or refusal is missing. WHY_CORRUPT. */
enum rc integrity_check(struct sqlite3 *db, bool embedded, struct err *e);

#endif
