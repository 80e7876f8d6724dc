/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds EventRecordIDs that are missing from several stagings together. The id
 * ranges of their logs.ndjson are sorted by log and merged, since one staging
 * may have the ids that are missing from another.
 */
#ifndef COVERAGE_MISSING_IDS_H
#define COVERAGE_MISSING_IDS_H

#include "stage/reader.h"
#include "util/scratch.h"

struct missing_ids;

struct missing_ids_result {
	uint64_t logs;    /* number of logs, which are channels of computers */
	uint64_t gaps;    /* number of ranges of missing EventRecordIDs */
	uint64_t missing; /* number of ids in these ranges */
	/* Number of gaps that logs.ndjson counts but does not list. */
	uint64_t unlisted;
};

enum rc missing_ids_create(
    struct missing_ids **cp, struct scratch *scratch, struct err *e);
void missing_ids_destroy(struct missing_ids *c); /* takes NULL */

/* Add the ids in logs.ndjson of a staging. */
enum rc missing_ids_add(
    struct missing_ids *c, const struct reader *r, struct err *e);

/* Set the result after the last staging was added. */
enum rc missing_ids_finish(
    struct missing_ids *c, struct missing_ids_result *result, struct err *e);

#endif
