/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that do not fit their hash in a chunk whose checksums hold: somebody
 * has changed them and corrected the checksums. They are believed, and each is
 * reported as damage. Names without a hash are not counted: some writers leave
 * hashes out.
 */
#ifndef CONVERT_NAME_MISMATCH_H
#define CONVERT_NAME_MISMATCH_H

#include "convert/job.h"
#include "evtx/decoder.h"

/* Report the names that a record brings; its chunk is at `at` in the job. */
void name_mismatch_report(
    struct job *j, size_t at, const struct chunk *c, const struct record *r);

#endif
