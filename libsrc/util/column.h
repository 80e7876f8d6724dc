/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns of an output table. The tables of schema/table.h list them: a
 * schema writes these columns, and a receiver declares them.
 */
#ifndef UTIL_COLUMN_H
#define UTIL_COLUMN_H

#include <stddef.h>

/* The types of Azure Monitor's stream declarations. */
enum column_type {
	COLUMN_STRING,
	COLUMN_INT,
	COLUMN_LONG,
	COLUMN_REAL,
	COLUMN_BOOLEAN,
	COLUMN_DYNAMIC, /* any JSON value */
	COLUMN_DATETIME,
	COLUMN_GUID, /* not declarable in a stream: sent as string */
};

/* Where a column's value comes from. */
enum column_kind {
	COLUMN_FIELD,    /* the EventData or UserData value of that name */
	COLUMN_SYSTEM,   /* a value of the event's System element */
	COLUMN_COMPUTED, /* computed from other values of the event */
	COLUMN_SERVICE,  /* filled in by the service: never sent */
	COLUMN_AGENT, /* computed on request, else filled in by the service */
	COLUMN_EXTRA, /* added by this program, with the suffix _CF */
};

struct column {
	const char *name;
	enum column_type type;
	enum column_kind kind;
};

/* The table to which rows are sent. If n is 0, each line is one value. */
struct table {
	const char *name; /* name of the table, as SecurityEvent */
	/* Name of the column with the RecordKey; NULL: the table has none. */
	const char *key;
	/* Name of the column with the event's time; NULL: the table has none.
	 */
	const char *time;
	const struct column *columns;
	size_t n;
};

#endif
