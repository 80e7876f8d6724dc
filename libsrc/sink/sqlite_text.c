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

/* What only the service fills would be an empty column here; what is computed
 * on request gets one when a row has it. */
static bool
is_kept(const struct column *c)
{
	return c->kind != COLUMN_SERVICE && c->kind != COLUMN_AGENT;
}

static bool
has(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->columns[i].name, name) == 0)
			return is_kept(&t->columns[i]);
	return false;
}

static bool
has_time(const struct table *t)
{
	return t->n == 0 || t->time != NULL || has(t, "TimeGenerated");
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

	if (!has_time(t))
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
own_columns(struct buf *out, const struct table *t, const char *key)
{
	for (size_t i = 0; i < t->n; i++) {
		if (!is_kept(&t->columns[i]))
			continue;
		buf_byte(out, ' ');
		sqlite_text_name(out, t->columns[i].name);
		buf_fmt(out, " %s%s,", affinity(t->columns[i].type),
		    strcmp(t->columns[i].name, SQLITE_KEY) == 0 ? key : "");
	}
	event_time(out, t);
}

/* evtx_dump's shape: an element with attributes has its text in #text. */
static const char raw_columns[] =
    " TimeCreated TEXT, Computer TEXT, Channel TEXT, Provider TEXT,"
    " EventID INTEGER, EventRecordID INTEGER, Event TEXT NOT NULL,";

/* The table, or that of its conflicts, in which a key can come again. */
static void
define(struct buf *out, const struct table *t, bool conflicts)
{
	const char *const key = conflicts ? "" : " PRIMARY KEY";

	buf_fmt(out, "CREATE TABLE IF NOT EXISTS \"%s%s\"(", t->name,
	    conflicts ? SQLITE_CONFLICTS : "");
	if (t->n == 0 || !has(t, SQLITE_KEY))
		buf_fmt(out, " " SQLITE_KEY " TEXT%s,", key);
	if (t->n > 0) {
		own_columns(out, t, key);
	} else {
		buf_str(out, raw_columns);
		readable(out, "TimeCreated");
	}
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

	if (has_time(t))
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

/* What a reader wants to see first. */
static const char *const first[] = { "EventID", "Computer", "Channel",
	"EventLog", "Source", "Activity", "Account", "UserName" };

static bool
is_first(const char *name)
{
	for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++)
		if (strcmp(first[i], name) == 0)
			return true;
	return false;
}

/* Rows that have a SID and the name of an account for it. */
static bool
has_names(const struct table *t)
{
	return has(t, "Account") && has(t, "TargetUserSid") &&
	       has(t, "TargetSid") && has(t, "SubjectUserSid");
}

/* The accounts that events name with their SIDs, the most frequent first. Only
 * SIDs of a domain or a machine have one name for all rows: the system's is
 * that of its machine. */
static void
accounts_view(struct buf *out, const struct table *t)
{
	static const char *const names[][2] = { { "TargetUserSid", "Target" },
		{ "TargetSid", "Target" }, { "SubjectUserSid", "Subject" } };

	buf_fmt(out,
	    "CREATE VIEW IF NOT EXISTS \"%sAccounts\" AS SELECT Sid, Account,"
	    " count(*) AS Events FROM (",
	    t->name);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		buf_fmt(out,
		    "%sSELECT %s AS Sid, %sDomainName || '\\' ||"
		    " %sUserName AS Account FROM \"%s\" WHERE (%s GLOB"
		    " 'S-1-5-21-*' OR %s GLOB 'S-1-12-1-*') AND"
		    " %sDomainName NOT IN ('', '-') AND"
		    " %sUserName NOT IN ('', '-')",
		    i == 0 ? "" : " UNION ALL ", names[i][0], names[i][1],
		    names[i][1], t->name, names[i][0], names[i][0], names[i][1],
		    names[i][1]);
	buf_str(out, ") GROUP BY Sid, Account ORDER BY Sid, Events DESC,"
		     " Account;\n");
}

/* The name of the account that a row has a SID of, made once for a query. */
static void
account_column(struct buf *out, const struct table *t)
{
	buf_fmt(out,
	    "coalesce((WITH _known AS MATERIALIZED (SELECT Sid, Account FROM"
	    " (SELECT Sid, Account, row_number() OVER (PARTITION BY Sid"
	    " ORDER BY Events DESC, Account) AS Place FROM \"%sAccounts\")"
	    " WHERE Place = 1) SELECT k.Account FROM _known AS k"
	    " WHERE k.Sid = e.Account), e.Account) AS Account, ",
	    t->name);
}

static void
view_columns(struct buf *out, const struct table *t, bool look_up)
{
	if (has_time(t))
		buf_str(out, "EventTime, ");
	for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++)
		if (look_up && strcmp(first[i], "Account") == 0)
			account_column(out, t);
		else if (has(t, first[i]))
			buf_fmt(out, "%s, ", first[i]);
	for (size_t i = 0; i < t->n; i++) {
		const struct column *const c = &t->columns[i];
		if (!is_kept(c) || is_first(c->name))
			continue;
		sqlite_text_name(out, c->name);
		buf_str(out, ", ");
	}
	buf_str(out, "_Extra");
}

/* AppLocker's rows have a SID for their account. Its name is looked up when it
 * is asked for, in an arm of its own, so that the index of Account serves. */
static void
view_arms(struct buf *out, const struct table *t)
{
	static const char is_sid[] = "Account GLOB 'S-1-*'";

	buf_str(out, "SELECT ");
	view_columns(out, t, false);
	buf_fmt(out, " FROM \"%s\"", t->name);
	if (!has_names(t))
		return;
	buf_fmt(
	    out, " WHERE Account IS NULL OR NOT %s UNION ALL SELECT ", is_sid);
	view_columns(out, t, true);
	buf_fmt(out, " FROM \"%s\" AS e WHERE %s", t->name, is_sid);
}

static void
view(struct buf *out, const struct table *t)
{
	const size_t n = strlen(t->name);
	const bool event = n >= 5 && strcmp(t->name + n - 5, "Event") == 0;

	if (has_names(t))
		accounts_view(out, t);
	buf_fmt(out, "CREATE VIEW IF NOT EXISTS \"%s%s\" AS ", t->name,
	    event ? "s" : "Events");
	if (t->n == 0)
		buf_fmt(out,
		    "SELECT EventTime, EventID, Computer, Channel, Provider,"
		    " EventRecordID, Event FROM \"%s\"",
		    t->name);
	else
		view_arms(out, t);
	buf_str(out, ";\n");
}

void
sqlite_text_tables(struct buf *out, const struct table *table)
{
	define(out, table, false);
	define(out, table, true);
	indexes(out, table);
	view(out, table);
}

/* Where a row is from is no difference, and what is ours of the rest follows
 * from what is not. */
static bool
is_compared(const struct table *t, const char *name)
{
	if (strcmp(name, "_Segment") == 0 || strcmp(name, "_Offset") == 0)
		return false;
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->columns[i].name, name) == 0)
			return t->columns[i].kind != COLUMN_EXTRA;
	}
	return strcmp(name, SQLITE_KEY) != 0;
}

static void
not_there(struct buf *out, const struct table *t, const char *suffix,
    const char *const *names, size_t n)
{
	buf_fmt(out, " AND NOT EXISTS (SELECT 1 FROM \"%s%s\" WHERE ", t->name,
	    suffix);
	for (size_t i = 0, any = 0; i < n; i++) {
		if (!is_compared(t, names[i]) &&
		    strcmp(names[i], SQLITE_KEY) != 0)
			continue;
		buf_str(out, any++ == 0 ? "" : " AND ");
		sqlite_text_name(out, names[i]);
		buf_fmt(out, " IS ?%zu", i + 1);
	}
	buf_byte(out, ')');
}

void
sqlite_text_conflict(
    struct buf *out, const struct table *t, const char *const *names, size_t n)
{
	buf_fmt(out, "INSERT INTO \"%s%s\"", t->name, SQLITE_CONFLICTS);
	for (size_t i = 0; i < n; i++) {
		buf_byte(out, i == 0 ? '(' : ',');
		sqlite_text_name(out, names[i]);
	}
	for (size_t i = 0; i < n; i++)
		buf_fmt(out, "%s?%zu", i == 0 ? ") SELECT " : ",", i + 1);
	buf_str(out, " WHERE true");
	for (size_t i = 0; i < n; i++) {
		if (strcmp(names[i], SQLITE_KEY) == 0)
			buf_fmt(out, " AND ?%zu IS NOT NULL", i + 1);
	}
	not_there(out, t, "", names, n);
	not_there(out, t, SQLITE_CONFLICTS, names, n);
}
