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

/* True if the table is created with the column. Columns that only the service
 * fills would always be empty here. Columns that are computed on request are
 * added when a row has them. */
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

/* True if rows that differ in this column are different. The place in the
 * staging does not count, nor do the columns that this program adds to a row,
 * since they follow from the other columns. */
static bool
is_compared(const struct table *t, const char *name)
{
	if (strcmp(name, SQLITE_KEY) == 0)
		return true;
	if (strcmp(name, "_Segment") == 0 || strcmp(name, "_Offset") == 0)
		return false;
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->columns[i].name, name) == 0)
			return t->columns[i].kind != COLUMN_EXTRA;
	return true;
}

/* --- tables and indexes -------------------------------------------------- */

/* The computed column EventTime: 2026-01-31T23:59:59.1234567Z becomes
 * 2026-01-31 23:59:59.1234567. */
static void
put_event_time(struct buf *out, const struct table *t)
{
	static const char usual[] = "TimeGenerated";
	/* Column with the time in tables of raw rows. */
	char time[256] = "TimeCreated";

	if (!has_time(t))
		return;
	if (t->n > 0 &&
	    (t->time == NULL || strcmp(t->time, usual) == 0 || !has(t, usual)))
		(void)snprintf(time, sizeof(time), "\"%.80s\"",
		    t->time != NULL ? t->time : usual);
	else if (t->n > 0)
		(void)snprintf(time, sizeof(time),
		    "coalesce(\"%.80s\", \"%s\")", t->time, usual);
	buf_fmt(out,
	    " EventTime TEXT GENERATED ALWAYS AS"
	    " (rtrim(replace(%s, 'T', ' '), 'Z')) VIRTUAL,",
	    time);
}

/* Put the columns of a table; `constraint` is that of the column of keys. */
static void
put_columns(struct buf *out, const struct table *t, const char *constraint)
{
	if (t->n == 0 || !has(t, SQLITE_KEY))
		buf_fmt(out, " " SQLITE_KEY " TEXT%s,", constraint);
	if (t->n == 0)
		buf_str(out,
		    " TimeCreated TEXT, Computer TEXT, Channel TEXT,"
		    " Provider TEXT, EventID INTEGER, EventRecordID INTEGER,"
		    " Event TEXT NOT NULL,");
	for (size_t i = 0; i < t->n; i++) {
		const struct column *const c = &t->columns[i];
		const bool integer =
		    c->type == COLUMN_INT || c->type == COLUMN_LONG;
		if (!is_kept(c))
			continue;
		buf_byte(out, ' ');
		sqlite_text_name(out, c->name);
		buf_fmt(out, " %s%s,", integer ? "INTEGER" : "TEXT",
		    strcmp(c->name, SQLITE_KEY) == 0 ? constraint : "");
	}
	put_event_time(out, t);
	buf_str(out, " _Segment TEXT, _Offset INTEGER, _Extra TEXT");
}

void
sqlite_text_definition(struct buf *out, const struct table *t, bool primary)
{
	buf_fmt(out, "CREATE TABLE \"%s\"(", t->name);
	put_columns(out, t, primary ? " PRIMARY KEY" : "");
}

/* Put the index in which a conflict is looked up among the others. It has all
 * columns that are compared, because one key may have many conflicts. */
static void
put_conflicts_index(struct buf *out, const struct table *t)
{
	buf_fmt(out,
	    "CREATE INDEX IF NOT EXISTS \"%s%s_row\" ON \"%s%s\"(" SQLITE_KEY,
	    t->name, SQLITE_CONFLICTS, t->name, SQLITE_CONFLICTS);
	for (size_t i = 0; i < t->n; i++) {
		const char *const name = t->columns[i].name;
		if (!is_kept(&t->columns[i]) || !is_compared(t, name) ||
		    strcmp(name, SQLITE_KEY) == 0)
			continue;
		buf_str(out, ", ");
		sqlite_text_name(out, name);
	}
	buf_str(out, ", _Extra);\n");
}

static void
put_indexes(struct buf *out, const struct table *t)
{
	static const char *const columns[] = { "EventTime", "EventID",
		"Computer", "Account" };

	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		if (i == 0 ? has_time(t)
			   : has(t, columns[i]) || (t->n == 0 && i < 3))
			buf_fmt(out,
			    "CREATE INDEX IF NOT EXISTS \"%s_%s\" ON"
			    " \"%s\"(%s);\n",
			    t->name, columns[i], t->name, columns[i]);
	put_conflicts_index(out, t);
	/* Rows without a key are identified by their place in the staging. */
	buf_fmt(out,
	    "CREATE UNIQUE INDEX IF NOT EXISTS \"%s_place\" ON"
	    " \"%s\"(_Segment, _Offset) WHERE " SQLITE_KEY " IS NULL;\n",
	    t->name, t->name);
}

void
sqlite_text_key(struct buf *out, const struct table *t)
{
	buf_fmt(out,
	    "CREATE UNIQUE INDEX IF NOT EXISTS \"%s_" SQLITE_KEY "\" ON"
	    " \"%s\"(" SQLITE_KEY ");\n",
	    t->name, t->name);
}

/* --- views --------------------------------------------------------------- */

/* True if rows have SIDs together with the names of their accounts. */
static bool
has_accounts(const struct table *t)
{
	return has(t, "Account") && has(t, "TargetUserSid") &&
	       has(t, "TargetSid") && has(t, "SubjectUserSid");
}

/* Put a view of the account names that events give for SIDs, the most frequent
 * first. It has only SIDs of a domain or a machine, since the name of a system
 * account contains the name of its machine. */
static void
put_accounts_view(struct buf *out, const struct table *t)
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

/* Put the columns of the view of events, the most useful first. With `names`
 * the account's SID is replaced by its name. */
static void
put_view_columns(struct buf *out, const struct table *t, bool names)
{
	static const char *const first[] = { "EventID", "Computer", "Channel",
		"EventLog", "Source", "Activity", "Account", "UserName" };
	const size_t first_n = sizeof(first) / sizeof(*first);

	if (has_time(t))
		buf_str(out, "EventTime, ");
	for (size_t i = 0; i < first_n; i++)
		if (names && strcmp(first[i], "Account") == 0)
			/* MATERIALIZED: read the accounts once per query. */
			buf_fmt(out,
			    "coalesce((WITH _known AS MATERIALIZED (SELECT Sid,"
			    " Account FROM (SELECT Sid, Account, row_number()"
			    " OVER (PARTITION BY Sid ORDER BY Events DESC,"
			    " Account) AS Place FROM \"%sAccounts\")"
			    " WHERE Place = 1) SELECT k.Account FROM _known"
			    " AS k WHERE k.Sid = e.Account), e.Account)"
			    " AS Account, ",
			    t->name);
		else if (has(t, first[i]))
			buf_fmt(out, "%s, ", first[i]);
	for (size_t i = 0; i < t->n; i++) {
		const struct column *const c = &t->columns[i];
		size_t at = 0;
		while (at < first_n && strcmp(first[at], c->name) != 0)
			at++;
		if (!is_kept(c) || at < first_n)
			continue;
		sqlite_text_name(out, c->name);
		buf_str(out, ", ");
	}
	buf_str(out, "_Extra");
}

static void
put_view(struct buf *out, const struct table *t)
{
	static const char is_sid[] = "Account GLOB 'S-1-*'";
	const size_t n = strlen(t->name);
	const bool event = n >= 5 && strcmp(t->name + n - 5, "Event") == 0;

	if (has_accounts(t))
		put_accounts_view(out, t);
	buf_fmt(out, "CREATE VIEW IF NOT EXISTS \"%s%s\" AS SELECT ", t->name,
	    event ? "s" : "Events");
	if (t->n == 0)
		buf_str(out, "EventTime, EventID, Computer, Channel, Provider,"
			     " EventRecordID, Event");
	else
		put_view_columns(out, t, false);
	buf_fmt(out, " FROM \"%s\"", t->name);
	/* Rows of AppLocker have the SID of their account. They are selected
	 * separately, so that queries for other rows can use the index of
	 * Account. */
	if (has_accounts(t)) {
		buf_fmt(out,
		    " WHERE Account IS NULL OR NOT %s UNION ALL SELECT ",
		    is_sid);
		put_view_columns(out, t, true);
		buf_fmt(out, " FROM \"%s\" AS e WHERE %s", t->name, is_sid);
	}
	buf_str(out, ";\n");
}

void
sqlite_text_tables(struct buf *out, const struct table *table, bool primary)
{
	buf_fmt(out, "CREATE TABLE IF NOT EXISTS \"%s\"(", table->name);
	put_columns(out, table, primary ? " PRIMARY KEY" : "");
	buf_fmt(out, ");\nCREATE TABLE IF NOT EXISTS \"%s%s\"(", table->name,
	    SQLITE_CONFLICTS);
	put_columns(out, table, "");
	buf_str(out, ");\n");
	put_indexes(out, table);
	put_view(out, table);
}

/* --- conflicts ----------------------------------------------------------- */

static void
put_insert_conflict(
    struct buf *out, const struct table *t, const char *const *names, size_t n)
{
	buf_fmt(out, "INSERT INTO \"%s%s\"", t->name, SQLITE_CONFLICTS);
	for (size_t i = 0; i < n; i++) {
		buf_byte(out, i == 0 ? '(' : ',');
		sqlite_text_name(out, names[i]);
	}
	buf_byte(out, ')');
}

void
sqlite_text_conflict(
    struct buf *out, const struct table *t, const char *const *names, size_t n)
{
	static const char *const suffixes[] = { "", SQLITE_CONFLICTS };

	put_insert_conflict(out, t, names, n);
	for (size_t i = 0; i < n; i++)
		buf_fmt(out, "%s?%zu", i == 0 ? " SELECT " : ",", i + 1);
	buf_str(out, " WHERE true");
	for (size_t i = 0; i < n; i++) {
		if (strcmp(names[i], SQLITE_KEY) == 0)
			buf_fmt(out, " AND ?%zu IS NOT NULL", i + 1);
	}
	for (size_t at = 0; at < 2; at++) {
		bool any = false;

		buf_fmt(out, " AND NOT EXISTS (SELECT 1 FROM \"%s%s\" WHERE ",
		    t->name, suffixes[at]);
		for (size_t i = 0; i < n; i++) {
			if (!is_compared(t, names[i]))
				continue;
			buf_str(out, any ? " AND " : "");
			sqlite_text_name(out, names[i]);
			buf_fmt(out, " IS ?%zu", i + 1);
			any = true;
		}
		buf_byte(out, ')');
	}
}

void
sqlite_text_copy_conflict(
    struct buf *out, const struct table *t, const char *const *names, size_t n)
{
	static const char *const suffixes[] = { "", SQLITE_CONFLICTS };

	put_insert_conflict(out, t, names, n);
	for (size_t i = 0; i < n; i++) {
		buf_str(out, i == 0 ? " SELECT " : ",");
		sqlite_text_name(out, names[i]);
	}
	buf_fmt(out, " FROM \"%s\" AS d WHERE _rowid_ = ?1", t->name);
	for (size_t at = 0; at < 2; at++) {
		buf_fmt(out,
		    " AND NOT EXISTS (SELECT 1 FROM \"%s%s\" AS k WHERE %s",
		    t->name, suffixes[at], at == 0 ? "k._rowid_ = ?2" : "true");
		for (size_t i = 0; i < n; i++) {
			if (!is_compared(t, names[i]))
				continue;
			buf_str(out, " AND k.");
			sqlite_text_name(out, names[i]);
			buf_str(out, " IS d.");
			sqlite_text_name(out, names[i]);
		}
		buf_byte(out, ')');
	}
}
