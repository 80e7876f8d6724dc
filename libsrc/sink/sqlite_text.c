/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "sink/sqlite_text.h"

void
sqlite_text_name(struct buf *out, const char *name)
{
	buf_byte(out, '"');
	for (const char *p = name; *p != '\0'; p++) {
		if (*p == '"')
			buf_byte(out, '"');
		buf_byte(out, (uint8_t)*p);
	}
	buf_byte(out, '"');
}

static bool
has(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->columns[i].name, name) == 0)
			return true;
	return false;
}

static const char *
affinity(enum column_type type)
{
	return type == COLUMN_INT || type == COLUMN_LONG ? "INTEGER" : "TEXT";
}

/* 2026-01-31T23:59:59.1234567Z -> 2026-01-31 23:59:59.1234567 */
static void
readable(struct buf *out, const char *time)
{
	buf_fmt(out,
	    " EventTime TEXT GENERATED ALWAYS AS"
	    " (rtrim(replace(%s, 'T', ' '), 'Z')) VIRTUAL,",
	    time);
}

static void
event_time(struct buf *out, const struct table *t)
{
	static const char usual[] = "TimeGenerated";
	char text[256];

	if (t->time == NULL && !has(t, usual))
		return;
	if (t->time == NULL || strcmp(t->time, usual) == 0 || !has(t, usual))
		(void)snprintf(text, sizeof(text), "\"%.80s\"",
		    t->time != NULL ? t->time : usual);
	else
		(void)snprintf(text, sizeof(text),
		    "coalesce(\"%.80s\", \"%s\")", t->time, usual);
	readable(out, text);
}

static void
own_columns(struct buf *out, const struct table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		buf_byte(out, ' ');
		sqlite_text_name(out, t->columns[i].name);
		buf_fmt(out, " %s%s,", affinity(t->columns[i].type),
		    strcmp(t->columns[i].name, SQLITE_KEY) == 0
		        ? " PRIMARY KEY"
		        : "");
	}
	event_time(out, t);
}

/* evtx_dump's shape: an element with attributes has its text in #text. */
static const char raw_columns[] =
    " " SQLITE_KEY " TEXT PRIMARY KEY,"
    " TimeCreated TEXT, Computer TEXT, Channel TEXT, Provider TEXT,"
    " EventID INTEGER, EventRecordID INTEGER, Event TEXT NOT NULL,";

static void
define(struct buf *out, const struct table *t)
{
	buf_str(out, "CREATE TABLE IF NOT EXISTS ");
	sqlite_text_name(out, t->name);
	buf_byte(out, '(');
	if (t->n > 0) {
		own_columns(out, t);
	} else {
		buf_str(out, raw_columns);
		readable(out, "TimeCreated");
	}
	if (t->n > 0 && !has(t, SQLITE_KEY))
		buf_str(out, " " SQLITE_KEY " TEXT PRIMARY KEY,");
	buf_str(out, " _Segment TEXT, _Offset INTEGER, _Extra TEXT);\n");
}

static void
add_index(struct buf *out, const struct table *t, const char *column)
{
	buf_fmt(out, "CREATE INDEX IF NOT EXISTS \"%s_%s\" ON \"%s\"(%s);\n",
	    t->name, column, t->name, column);
}

static void
indexes(struct buf *out, const struct table *t)
{
	static const char *const wanted[] = { "EventID", "Computer",
		"Account" };

	if (t->n == 0 || t->time != NULL || has(t, "TimeGenerated"))
		add_index(out, t, "EventTime");
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		if (has(t, wanted[i]) || (t->n == 0 && i < 2))
			add_index(out, t, wanted[i]);
	/* Rows without a key are told apart by where they stand. */
	buf_fmt(out,
	    "CREATE UNIQUE INDEX IF NOT EXISTS \"%s_place\" ON"
	    " \"%s\"(_Segment, _Offset) WHERE " SQLITE_KEY " IS NULL;\n",
	    t->name, t->name);
}

static void
view(struct buf *out, const struct table *t)
{
	static const char *const first[] = { "EventTime", "EventID",
		"Computer", "Channel", "Activity", "Account" };
	const size_t n = strlen(t->name);
	const bool event = n > 5 && strcmp(t->name + n - 5, "Event") == 0;

	buf_fmt(out, "CREATE VIEW IF NOT EXISTS \"%s%s\" AS SELECT ", t->name,
	    event ? "s" : "Events");
	for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++)
		if (has(t, first[i]) || (i == 0 && (t->time != NULL ||
		    has(t, "TimeGenerated"))))
			buf_fmt(out, "%s, ", first[i]);
	if (t->n == 0)
		buf_str(out,
		    "EventTime, EventID, Computer, Channel, Provider, "
		    "EventRecordID, ");
	for (size_t i = 0; i < t->n; i++) {
		bool shown = false;
		for (size_t j = 0; j < sizeof(first) / sizeof(*first); j++)
			shown |= strcmp(first[j], t->columns[i].name) == 0;
		if (shown)
			continue;
		sqlite_text_name(out, t->columns[i].name);
		buf_str(out, ", ");
	}
	buf_fmt(out, "%s_Extra FROM \"%s\";\n", t->n == 0 ? "Event, " : "",
	    t->name);
}

void
sqlite_text_tables(struct buf *out, const struct table *table)
{
	define(out, table);
	indexes(out, table);
	view(out, table);
}
