/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The output schemas: each compiles a tree into a plan that writes one line of
 * NDJSON. A schema knows trees, never files or decoders.
 */
#ifndef SCHEMA_SCHEMA_H
#define SCHEMA_SCHEMA_H

#include "event/system_fields.h"
#include "event/tree.h"
#include "schema/accounts.h"
#include "schema/plan.h"
#include "schema/value_limit.h"
#include "util/column.h"

/* How much a line says about where its event is from. */
enum schema_provenance {
	SCHEMA_PROVENANCE_USUAL, /* what the schema does unless asked */
	SCHEMA_PROVENANCE_NONE,
	SCHEMA_PROVENANCE_KEY,  /* the RecordKey */
	SCHEMA_PROVENANCE_FULL, /* and the columns of schema/provenance.h */
};

/* When a row of SecurityEvent has the column EventData. */
enum schema_eventdata {
	SCHEMA_EVENTDATA_CONNECTOR, /* as the connector: not for some ids */
	SCHEMA_EVENTDATA_ALWAYS,
	SCHEMA_EVENTDATA_NEVER,
};

struct schema_options {
	enum schema_provenance provenance;
	enum schema_eventdata eventdata;
	enum value_limit_mode long_values;
	const struct accounts *accounts; /* or NULL */
	bool system_columns;             /* those of schema/agent_columns.h */
};

/* What a line is compiled for: events with this tree. */
struct schema_event {
	const struct tree *tree;
	const struct system_fields *head;
	const struct schema_options *options; /* nothing in it is USUAL */
	uint64_t id; /* EventID, if the schema decides by it; else 0 */
};

struct schema {
	const char *name;
	const struct table *table;
	enum schema_provenance usual;
	bool by_id;                    /* a plan is for events of one id */
	bool whole;                    /* its values are never cut */
	enum value_limit_layout shape; /* of its lines, where they are cut */

	/* Whether records of a channel belong into its table; NULL: all do.
	 * The channel is NULL where a record has none. */
	bool (*takes)(const struct value *channel);

	/* Append the operations of one line, without the line end. */
	void (*compile)(struct plan *p, const struct schema_event *ev);
};

/* The options with what is usual for the schema filled in. */
struct schema_options schema_options(
    const struct schema *schema, const struct schema_options *o);

static inline bool
schema_accepts(const struct schema *schema, const struct value *channel)
{
	return schema->takes == NULL || schema->takes(channel);
}

extern const struct schema schema_raw;
extern const struct schema schema_securityevent;
extern const struct schema schema_windowsevent;
extern const struct schema schema_event_table; /* `event` */
extern const struct schema schema_ecs;

/* The schema of that name, or NULL. */
const struct schema *schema_find(const char *name);

#endif
