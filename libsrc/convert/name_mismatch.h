/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that do not fit their hash in a chunk whose checksums hold: somebody
 * has changed them and made the checksums fit. They are believed, and leave
 * a line of damage each. Names without a hash are not counted: other writers
 * leave it out.
 */
#ifndef CONVERT_NAME_MISMATCH_H
#define CONVERT_NAME_MISMATCH_H

#include "convert/job.h"

/* Note the doubts that a record brings; `chunk` is the place of its chunk in
 * the source. */
void name_mismatch_report(struct job *j, uint64_t chunk, const struct chunk *c,
    const struct record *r);

#endif
