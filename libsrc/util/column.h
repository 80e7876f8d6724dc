/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns of an output table. Schemas write them and receivers declare
 * them, both from the tables of schema/table.h.
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
	COLUMN_DYNAMIC, /* a JSON value */
	COLUMN_DATETIME,
	COLUMN_GUID, /* not declarable in a stream: sent as string */
};

/* Where a column's value comes from. */
enum column_kind {
	COLUMN_FIELD,    /* the EventData or UserData value of that name */
	COLUMN_SYSTEM,   /* from the event's System */
	COLUMN_COMPUTED, /* computed from other fields */
	COLUMN_SERVICE,  /* filled by the service: never sent */
	COLUMN_AGENT,    /* the same, but computed by us on request */
	COLUMN_EXTRA,    /* added by this program, with the suffix _CF */
};

struct column {
	const char *name;
	enum column_type type;
	enum column_kind kind;
};

/* The table that rows go to. Without columns each line is one value. */
struct table {
	const char *name; /* SecurityEvent, WindowsEvent, Event, Raw, Ecs */
	const char *key;  /* the column with the RecordKey, or NULL */
	const char *time; /* the column with the event's time, or NULL */
	const struct column *columns;
	size_t n;
};

#endif
