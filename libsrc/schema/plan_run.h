/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a plan: writes one line for one record. This is the inner loop of
 * evtxstage.
 */
#ifndef SCHEMA_PLAN_RUN_H
#define SCHEMA_PLAN_RUN_H

#include "schema/plan.h"

#define PLAN_NO_PATCH SIZE_MAX

struct provenance;

/* What a line contains beside the record's values. */
struct plan_facts {
	bool has_time; /* the record has a time of its own */
	/* The record has no time; `time` is from its header. */
	bool from_header;
	uint64_t time; /* FILETIME, if has_time or from_header is true */
	char key[PLAN_KEY_HEX + 1]; /* RecordKey; empty: the record has none */
	const struct provenance *provenance; /* values for PLAN_PROVENANCE */

	/* Offsets in the buffer or PLAN_NO_PATCH, set by plan_run(): where the
	 * caller must fill in a time, and where the key was written. */
	size_t time_patch;
	size_t key_at;
};

/* Append the line for these values. The caller checks out->full afterwards and
 * removes the line if it is set. */
void plan_run(struct plan *p, const struct value *values,
    struct plan_facts *facts, struct buf *out);

#endif
