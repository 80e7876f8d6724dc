/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which EventRecordIDs are missing from several stagings together. Ranges of
 * ids of their logs.ndjson are sorted by log and merged: what one staging
 * lacks, another may have, so sums of their gaps say nothing.
 */
#ifndef SHARDS_COVERAGE_H
#define SHARDS_COVERAGE_H

#include "stage/reader.h"
#include "util/scratch.h"

struct coverage;
struct merge_result;

enum rc coverage_create(
    struct coverage **cp, struct scratch *scratch, struct err *e);
void coverage_destroy(struct coverage *c); /* takes NULL */

/* Add the logs of a staging. */
enum rc coverage_add(struct coverage *c, const struct reader *r, struct err *e);

/* Nothing more comes: fill `logs`, `gaps`, `missing` and `unlisted`. */
enum rc coverage_end(
    struct coverage *c, struct merge_result *result, struct err *e);

#endif
