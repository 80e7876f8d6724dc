/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of the schemas: what columns their lines can have. Apart from the
 * compilers, so that the loader has the tables without the event model.
 */
#ifndef SCHEMA_TABLE_H
#define SCHEMA_TABLE_H

#include "util/column.h"

/* SecurityEvent (learn.microsoft.com, Azure Monitor tables reference), in the
 * order of its documentation, then our own columns. */
extern const struct table table_securityevent;

/* WindowsEvent, likewise. */
extern const struct table table_windowsevent;

/* Event, likewise. */
extern const struct table table_event;

/* A line is one document. */
extern const struct table table_raw;

/* The members of winlogbeat's documents. */
extern const struct table table_ecs;

/* What the tables of rows share: columns of the System head, */
#define TABLE_SYSTEM \
	{ "SystemUserId", COLUMN_STRING, COLUMN_SYSTEM }, \
	    { "Version", COLUMN_INT, COLUMN_SYSTEM }, \
	    { "Opcode", COLUMN_STRING, COLUMN_SYSTEM }, \
	    { "Keywords", COLUMN_STRING, COLUMN_SYSTEM }, \
	    { "Correlation", COLUMN_STRING, COLUMN_SYSTEM }, \
	    { "SystemProcessId", COLUMN_INT, COLUMN_SYSTEM }, \
	    { "SystemThreadId", COLUMN_INT, COLUMN_SYSTEM }, \
	{ \
		"EventRecordId", COLUMN_STRING, COLUMN_SYSTEM \
	}

/* those that the service fills, */
#define TABLE_SERVICE \
	{ "Type", COLUMN_STRING, COLUMN_SERVICE }, \
	    { "_IsBillable", COLUMN_STRING, COLUMN_SERVICE }, \
	    { "_BilledSize", COLUMN_REAL, COLUMN_SERVICE }, \
	    { "_ResourceId", COLUMN_STRING, COLUMN_SERVICE }, \
	{ \
		"_SubscriptionId", COLUMN_STRING, COLUMN_SERVICE \
	}

/* and our own of every row. */
#define TABLE_ROW_EXTRA \
	{ "TimeCreated_CF", COLUMN_DATETIME, COLUMN_EXTRA }, \
	    { "TimeSource_CF", COLUMN_STRING, COLUMN_EXTRA }, \
	{ \
		"RecordKey_CF", COLUMN_STRING, COLUMN_EXTRA \
	}

/* The columns of `--provenance full` apart from the RecordKey, and what is said
 * of records that were not read in the usual way. */
#define TABLE_PROVENANCE \
	{ "SourceSha256_CF", COLUMN_STRING, COLUMN_EXTRA }, \
	    { "SourceName_CF", COLUMN_STRING, COLUMN_EXTRA }, \
	    { "Chunk_CF", COLUMN_LONG, COLUMN_EXTRA }, \
	    { "Offset_CF", COLUMN_LONG, COLUMN_EXTRA }, \
	    { "HeaderId_CF", COLUMN_LONG, COLUMN_EXTRA }, \
	    { "CrcOk_CF", COLUMN_BOOLEAN, COLUMN_EXTRA }, \
	    { "Recovered_CF", COLUMN_BOOLEAN, COLUMN_EXTRA }, \
	    { "CaseId_CF", COLUMN_STRING, COLUMN_EXTRA }, \
	    { "TemplateSource_CF", COLUMN_STRING, COLUMN_EXTRA }, \
	    { "Repaired_CF", COLUMN_STRING, COLUMN_EXTRA }, \
	{ \
		"RecoveredFrom_CF", COLUMN_STRING, COLUMN_EXTRA \
	}

/* What was cut of long values: schema/value_limit.h. */
#define TABLE_LONG \
	{ "Truncated_CF", COLUMN_STRING, COLUMN_EXTRA }, \
	{ \
		"LongFields_CF", COLUMN_STRING, COLUMN_EXTRA \
	}

/* The members of the lines of `raw`, which its table does not name. */
extern const struct table table_raw_members;

/* The table of the schema of that name, or NULL. */
const struct table *schema_table(const char *schema);

#endif
