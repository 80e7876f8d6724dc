/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removes records that occur more than once, in a source or in the run. Records
 * with the same RecordKey and the same row, not counting the columns that say
 * where it was found, are duplicates: only the first line is kept. Records with
 * the same key and different rows are conflicts: both lines are kept. Lines are
 * compared in the order of their records, before they are written, so the
 * result does not depend on the number of threads.
 */
#ifndef CONVERT_DEDUPE_H
#define CONVERT_DEDUPE_H

#include "convert/recorder.h"
#include "util/keyset.h"

enum dedupe {
	DEDUPE_NONE,
	DEDUPE_FILE,
	DEDUPE_RUN,
	/* Among all shards of a plan, after all of them are staged. */
	DEDUPE_COLLECTION,
};

/* Remove the lines of duplicates, and add the keys of the other lines to
 * `seen`. Sets line_key.answer (new, duplicate or conflict) of each line and
 * counts it in l->account. `of` is 0 or the number of the lines' source, from
 * 1. If it is not 0, it is mixed into each key, so that only lines of the same
 * source are compared. */
enum rc dedupe_lines(
    struct keyset *seen, uint64_t of, struct lines *l, struct err *e);

/* Count the answer of a line that was counted as emitted or recovered: a
 * duplicate is moved to `duplicate` or `recovered_filtered`; a conflict is
 * added to `conflicts`. */
void dedupe_count(struct account *a, const struct line_key *line);

#endif
