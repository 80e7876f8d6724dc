/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The output schemas: each compiles a tree into a plan that writes one line of
 * NDJSON. A schema knows trees, never files or decoders.
 */
#ifndef SCHEMA_SCHEMA_H
#define SCHEMA_SCHEMA_H

#include "event/head.h"
#include "event/tree.h"
#include "schema/plan.h"
#include "util/column.h"

struct schema {
	const char *name;
	const struct table *table;
	bool needs_key; /* its lines carry the RecordKey */

	/* Append the operations of one line, without the line end. */
	void (*compile)(
	    struct plan *p, const struct tree *t, const struct head *h);
};

extern const struct schema schema_raw;
extern const struct schema schema_securityevent;

/* The schema of that name, or NULL. */
const struct schema *schema_find(const char *name);

#endif
