/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of a segment that are skipped. They are chosen once, when the
 * batches of the segment are planned: batches and skipped rows together are all
 * of its lines.
 */
#ifndef LOAD_SKIPPED_ROWS_H
#define LOAD_SKIPPED_ROWS_H

#include "checkpoint/scope.h"
#include "load/load.h"

/* Make the reader skip the rows of segment i that were skipped when it was
 * planned. If it was planned without a collection, no row is skipped, and its
 * duplicates are loaded, too. WHY_USAGE if it was planned with the skip list of
 * another collection. */
enum rc skipped_rows_restore(const struct load_run *run, struct reader *r,
    size_t i, const struct scope_segment *known, struct err *e);

#endif
