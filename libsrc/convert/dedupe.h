/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records that were emitted before, told by their RecordKey: of the same source
 * or of the run. Lines are cut where they are taken in order, so the result
 * does not depend on the number of threads.
 */
#ifndef CONVERT_DEDUPE_H
#define CONVERT_DEDUPE_H

#include "convert/record.h"
#include "util/keyset.h"

enum dedupe { DEDUPE_NONE, DEDUPE_FILE, DEDUPE_RUN };

/* Take the lines out whose keys are in `seen`, put the keys of the others in;
 * those of another source `of` are others, 0 is for all. They are `duplicate`
 * in the account, or `recovered_filtered` where they were recovered. The keys
 * become those of the set. */
enum rc dedupe_lines(
    struct keyset *seen, uint64_t of, struct lines *l, struct err *e);

/* One line of the account is gone: so is done for each of them, and their keys
 * say `again`. */
void dedupe_count(struct account *a);

#endif
