/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of the schemas: the columns that their lines can have. They are
 * separate from the compilers so that the loader can use them without the event
 * model.
 */
#ifndef SCHEMA_TABLE_H
#define SCHEMA_TABLE_H

#include "util/column.h"

/* The tables of Log Analytics (learn.microsoft.com, Azure Monitor tables
 * reference), in the order of their documentation, then our own columns. */
extern const struct table table_securityevent;
extern const struct table table_windowsevent;
extern const struct table table_event;

/* The table of `raw` has no columns: a line is one document. */
extern const struct table table_raw;

/* The members of the lines of `raw`, which table_raw does not list. */
extern const struct table table_raw_members;

/* The members of winlogbeat's documents. */
extern const struct table table_ecs;

/* Returns the table of the schema with this name, or NULL. */
const struct table *schema_table(const char *schema);

/* Columns of the System element that several tables have. */
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

/* Columns that the service fills in. */
#define TABLE_SERVICE \
	{ "Type", COLUMN_STRING, COLUMN_SERVICE }, \
	    { "_IsBillable", COLUMN_STRING, COLUMN_SERVICE }, \
	    { "_BilledSize", COLUMN_REAL, COLUMN_SERVICE }, \
	    { "_ResourceId", COLUMN_STRING, COLUMN_SERVICE }, \
	{ \
		"_SubscriptionId", COLUMN_STRING, COLUMN_SERVICE \
	}

/* Our own columns that every row can have. */
#define TABLE_ROW_EXTRA \
	{ "TimeCreated_CF", COLUMN_DATETIME, COLUMN_EXTRA }, \
	    { "TimeSource_CF", COLUMN_STRING, COLUMN_EXTRA }, \
	{ \
		"RecordKey_CF", COLUMN_STRING, COLUMN_EXTRA \
	}

/* Our own columns of `--provenance full` except RecordKey_CF, and those that
 * say how a damaged or deleted record was recovered. */
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

/* Our own columns that say which values were cut: schema/value_limit.h. */
#define TABLE_LONG_VALUES \
	{ "Truncated_CF", COLUMN_STRING, COLUMN_EXTRA }, \
	{ \
		"LongFields_CF", COLUMN_STRING, COLUMN_EXTRA \
	}

#endif
