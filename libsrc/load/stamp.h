/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows whose TimeGenerated is the time of sending: --time-policy arrival.
 *
 * All rows of a batch get one time, its stamp, which is written down with the
 * batch before anything of it goes out. A batch that may have arrived is sent
 * again with the stamp it had, so with the same bytes, whatever the policy is
 * by then. A batch that has certainly not arrived gets a new one.
 *
 * The stamp takes the place of the time in the bytes that are sent; the length
 * of a line does not change, and segments, digests and keys of batches do not
 * either. A row without TimeCreated_CF keeps its time, which is nowhere else.
 */
#ifndef LOAD_STAMP_H
#define LOAD_STAMP_H

#include "checkpoint/batch.h"
#include "load/load.h"

/* WHY_USAGE if the rows of a source have no TimeGenerated to replace. */
enum rc stamp_check(const struct load_run *run, struct err *e);

/* Give a batch that is to be sent its stamp; now: seconds since 1970. */
void stamp_batch(struct batch *b, bool arrival, int64_t now);

/* Write the stamp (seconds since 1970) into whole lines, each with its LF. */
void stamp_lines(uint8_t *lines, size_t n, int64_t stamp);

#endif
