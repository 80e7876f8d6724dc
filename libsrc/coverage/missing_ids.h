/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which EventRecordIDs are missing from several stagings together. Ranges of
 * ids of their logs.ndjson are sorted by log and merged: what one staging
 * lacks, another may have, so sums of their gaps say nothing.
 */
#ifndef COVERAGE_MISSING_IDS_H
#define COVERAGE_MISSING_IDS_H

#include "stage/reader.h"
#include "util/scratch.h"

struct missing_ids;

struct missing_ids_result {
	uint64_t logs;     /* channels of computers */
	uint64_t gaps;     /* in their EventRecordIDs, */
	uint64_t missing;  /* and ids in them */
	uint64_t unlisted; /* gaps that logs.ndjson counted and did not list */
};

enum rc missing_ids_create(
    struct missing_ids **cp, struct scratch *scratch, struct err *e);
void missing_ids_destroy(struct missing_ids *c); /* takes NULL */

/* Add the logs of a staging. */
enum rc missing_ids_add(
    struct missing_ids *c, const struct reader *r, struct err *e);

/* Nothing more comes: fill the result. */
enum rc missing_ids_finish(
    struct missing_ids *c, struct missing_ids_result *result, struct err *e);

#endif
