/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running a plan: writes one line for one record. This is the inner loop of
 * evtxstage.
 */
#ifndef SCHEMA_PLAN_RUN_H
#define SCHEMA_PLAN_RUN_H

#include "schema/plan.h"

#define PLAN_NO_PATCH SIZE_MAX

struct provenance;

/* What a line contains beside the record's values. */
struct plan_facts {
	bool has_time;    /* the record has a time of its own */
	bool from_header; /* no; `time` is that of the record's header */
	uint64_t time;    /* FILETIME, if one of the two is true */
	char key[PLAN_KEY_HEX + 1];          /* empty: the record has none */
	const struct provenance *provenance; /* for PLAN_PROVENANCE */

	/* Set by plan_run(), offsets in the buffer or PLAN_NO_PATCH: where the
	 * caller must fill in a time, and where the key was written. */
	size_t time_patch;
	size_t key_at;
};

/* Append the line for these values. The caller checks out->full afterwards and
 * removes the line if it is set. */
void plan_run(struct plan *p, const struct value *values,
    struct plan_facts *facts, struct buf *out);

#endif
