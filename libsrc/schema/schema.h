/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The output schemas. Each compiles an event tree into a plan that writes one
 * line of NDJSON. A schema knows trees, not files or decoders.
 */
#ifndef SCHEMA_SCHEMA_H
#define SCHEMA_SCHEMA_H

#include "event/system_fields.h"
#include "event/tree.h"
#include "schema/accounts.h"
#include "schema/plan.h"
#include "schema/value_limit.h"
#include "util/column.h"

/* How much a line says about where its event was found. */
enum schema_provenance {
	SCHEMA_PROVENANCE_DEFAULT, /* default of the schema */
	SCHEMA_PROVENANCE_NONE,
	SCHEMA_PROVENANCE_KEY, /* write the RecordKey */
	/* Write the RecordKey and the columns of schema/provenance.h. */
	SCHEMA_PROVENANCE_FULL,
};

/* When a row of SecurityEvent has the column EventData. */
enum schema_eventdata {
	/* As the Azure connector does: rows of some event ids lack the column.
	 */
	SCHEMA_EVENTDATA_CONNECTOR,
	SCHEMA_EVENTDATA_ALWAYS,
	SCHEMA_EVENTDATA_NEVER,
};

struct schema_options {
	enum schema_provenance provenance;
	enum schema_eventdata eventdata;
	enum value_limit_mode long_values;
	/* Names of accounts by SID; NULL: no --accounts was given. */
	const struct accounts *accounts;
	bool system_columns; /* write the columns of schema/agent_columns.h */
};

/* The events that a plan is for. */
struct schema_event {
	const struct tree *tree;
	const struct system_fields *system;
	/* Options returned by schema_resolve_options(). */
	const struct schema_options *options;
	/* EventID of the events if schema.by_id is true, otherwise 0. */
	uint64_t id;
};

static inline bool
schema_event_has(const struct schema_event *ev, enum system_field field)
{
	return system_fields_value(ev->system, field, ev->tree->values) != NULL;
}

struct schema {
	const char *name;
	const struct table *table;
	enum schema_provenance default_provenance;
	bool by_id;             /* a plan is for events of a single EventID */
	bool keeps_long_values; /* value_limit_apply() is never used */
	/* Plans remember their last line: that pays if values are written more
	 * than once or have to be checked. */
	bool remembers;
	enum value_limit_layout limit_layout;

	/* True for the channels whose events belong in the table; the channel
	 * is NULL if a record has none. NULL: the table accepts all channels.
	 */
	bool (*accepts)(const struct value *channel);

	/* Append the operations of one line, without the line end. */
	void (*compile)(struct plan *p, const struct schema_event *ev);
};

/* Returns the options with the schema's defaults filled in. */
struct schema_options schema_resolve_options(
    const struct schema *schema, const struct schema_options *o);

static inline bool
schema_accepts(const struct schema *schema, const struct value *channel)
{
	return schema->accepts == NULL || schema->accepts(channel);
}

extern const struct schema schema_raw;
extern const struct schema schema_securityevent;
extern const struct schema schema_windowsevent;
extern const struct schema schema_event_table; /* the schema `event` */
extern const struct schema schema_ecs;

/* Returns the schema with this name, or NULL. */
const struct schema *schema_find(const char *name);

#endif
