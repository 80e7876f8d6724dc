/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rows of a segment are skipped is decided once, when its batches are
 * planned: batches and skipped rows together are all of its lines.
 */
#ifndef LOAD_SKIPPED_ROWS_H
#define LOAD_SKIPPED_ROWS_H

#include "checkpoint/scope.h"
#include "load/load.h"

/* Make the reader pass over the rows of segment i that were skipped when it was
 * planned. If it was planned without a collection, these are none: its
 * duplicates are loaded, too. WHY_USAGE: it was planned with the skip list of
 * another collection than that of the run. */
enum rc skipped_rows_restore(const struct load_run *run, struct reader *r,
    size_t i, const struct scope_segment *known, struct err *e);

#endif
