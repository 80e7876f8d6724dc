/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records that come more than once, in a source or in the run: those with the
 * same RecordKey and the same row, but for where it was found, are duplicates
 * and their lines are taken out. Equal keys with different rows are conflicts:
 * both lines stay. Lines are judged in the order of their records, before they
 * are written, so the result does not depend on the number of threads.
 */
#ifndef CONVERT_DEDUPE_H
#define CONVERT_DEDUPE_H

#include "convert/recorder.h"
#include "util/keyset.h"

enum dedupe { DEDUPE_NONE, DEDUPE_FILE, DEDUPE_RUN };

/* Take out the lines of duplicates, and add the keys of the others to `seen`.
 * Keys of another `of` are different keys: a source, or 0 for all. Each line
 * has its answer, and the account counts it. The keys become those of the set.
 */
enum rc dedupe_lines(
    struct keyset *seen, uint64_t of, struct lines *l, struct err *e);

/* Count the answer for one emitted or recovered line: a duplicate is
 * `duplicate` instead, or `recovered_filtered`; a conflict is counted beside
 * the terms. */
void dedupe_count(struct account *a, const struct line_key *line);

#endif
