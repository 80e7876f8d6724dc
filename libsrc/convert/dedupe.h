/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records that come more than once, in a source or in the run: those with the
 * same RecordKey and the same row, but for where it was found, are duplicates
 * and their lines are removed. Equal keys with different rows are conflicts:
 * both lines stay. Lines are compared in the order of their records, before
 * they are written, so the result does not depend on the number of threads.
 */
#ifndef CONVERT_DEDUPE_H
#define CONVERT_DEDUPE_H

#include "convert/recorder.h"
#include "util/keyset.h"

enum dedupe {
	DEDUPE_NONE,
	DEDUPE_FILE,
	DEDUPE_RUN,
	DEDUPE_COLLECTION, /* only for the stagings of shards, afterwards */
};

/* Remove the lines of duplicates, and add the keys of the others to `seen`.
 * `of` is the number of a source whose keys differ from those of other sources,
 * or 0. Each line gets its answer, which the account counts, and its key
 * becomes that of the set. */
enum rc dedupe_lines(
    struct keyset *seen, uint64_t of, struct lines *l, struct err *e);

/* Count the answer for one emitted or recovered line: a duplicate moves to
 * `duplicate` or `recovered_filtered`; a conflict is counted beside the terms.
 */
void dedupe_count(struct account *a, const struct line_key *line);

#endif
