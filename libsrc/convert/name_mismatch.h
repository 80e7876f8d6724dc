/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that do not match their hash in a chunk whose checksums are right:
 * somebody has changed them and corrected the checksums. They are used, and
 * each is reported as damage. Names without a hash are reported but not
 * counted, because some writers omit the hashes.
 */
#ifndef CONVERT_NAME_MISMATCH_H
#define CONVERT_NAME_MISMATCH_H

#include "convert/job.h"
#include "evtx/decoder.h"

/* Report such names that the record defines. `at` is the offset of its chunk in
 * the job's bytes. */
void name_mismatch_report(
    struct job *j, size_t at, const struct chunk *c, const struct record *r);

#endif
