/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <sqlite3.h>

#include "checkpoint/sql.h"
#include "sink/sqlite_columns.h"
#include "sink/sqlite_text.h"

/* SQLite allows 2,000; the properties after that share _Extra. */
#define COLUMNS_MAX 1500
#define SQL_MAX (1U << 20)

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct sqlite_column *)a)->name,
	    ((const struct sqlite_column *)b)->name);
}

static int
is_name(const void *name, const void *place)
{
	const struct sqlite_column *const p = place;

	return span_cmp(
	    *(const struct span *)name, span_of(p->name, p->name_n));
}

static bool
is_integer(const char *declared)
{
	return declared != NULL && strcmp(declared, "INTEGER") == 0;
}

static void
forget(struct sqlite_columns *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->all[i].name);
	c->n = 0;
	sql_finish(c->insert);
	c->insert = NULL;
	sql_finish(c->conflict);
	c->conflict = NULL;
}

static enum rc
read_column(struct sqlite_columns *c, struct sqlite3_stmt *row, struct err *e)
{
	struct sqlite_column *const p = &c->all[c->n];

	if (c->n == COLUMNS_MAX)
		return err_set(e, RC_FATAL, WHY_LIMIT,
		    "table %s has more than %d columns", c->table->name,
		    COLUMNS_MAX);
	const char *const name = (const char *)sqlite3_column_text(row, 0);
	const char *const type = (const char *)sqlite3_column_text(row, 1);
	p->name = name == NULL || type == NULL ? NULL : strdup(name);
	if (p->name == NULL)
		return err_nomem(e);
	p->name_n = strlen(p->name);
	p->next = 0;
	p->integer = is_integer(type);
	p->seen = 0;
	p->at = ++c->n;
	return RC_OK;
}

/* The columns the table has; those that are computed are not among them. */
static enum rc
read_columns(struct sqlite_columns *c, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = sql_prepare(
	    c->db, "SELECT name, type FROM pragma_table_info(?)", &st, e);

	if (rc == RC_OK)
		rc = sql_bind(st, e, "t", c->table->name);
	while (rc == RC_OK) {
		rc = sql_step(st, e);
		if (rc == RC_OK)
			rc = read_column(c, st, e);
	}
	sql_finish(st);
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
prepare_conflict(struct sqlite_columns *c, struct err *e)
{
	const char **const names = calloc(c->n + 1, sizeof(*names));
	struct buf text;

	if (names == NULL)
		return err_nomem(e);
	for (size_t i = 0; i < c->n; i++)
		names[i] = c->all[i].name;
	buf_init(&text, SQL_MAX);
	sqlite_text_conflict(&text, c->table, names, c->n);
	buf_byte(&text, '\0');
	const enum rc rc = text.full ? buf_fail(&text, "an SQL statement", e)
				     : sql_prepare(c->db, (const char *)text.p,
					   &c->conflict, e);
	buf_reset(&text);
	free(names);
	return rc;
}

static enum rc
prepare_insert(struct sqlite_columns *c, struct err *e)
{
	struct buf text;

	buf_init(&text, SQL_MAX);
	buf_str(&text, "INSERT INTO ");
	sqlite_text_name(&text, c->table->name);
	for (size_t i = 0; i < c->n; i++) {
		buf_byte(&text, i == 0 ? '(' : ',');
		sqlite_text_name(&text, c->all[i].name);
	}
	for (size_t i = 0; i < c->n; i++)
		buf_str(&text, i == 0 ? ") VALUES(?" : ",?");
	buf_str(&text, ") ON CONFLICT DO NOTHING");
	buf_byte(&text, '\0');
	enum rc rc =
	    text.full ? buf_fail(&text, "an SQL statement", e)
		      : sql_prepare(c->db, (const char *)text.p, &c->insert, e);
	buf_reset(&text);
	if (rc == RC_OK)
		rc = prepare_conflict(c, e);
	/* Only now: the parameters stand in the order of the table. */
	qsort(c->all, c->n, sizeof(*c->all), by_name);
	return rc;
}

enum rc
sqlite_columns_read(struct sqlite_columns *c, struct err *e)
{
	if (c->all == NULL)
		c->all = calloc(COLUMNS_MAX, sizeof(*c->all));
	if (c->all == NULL)
		return err_nomem(e);
	forget(c);
	const enum rc rc = read_columns(c, e);
	return rc == RC_OK ? prepare_insert(c, e) : rc;
}

void
sqlite_columns_free(struct sqlite_columns *c)
{
	forget(c);
	free(c->all);
}

struct sqlite_column *
sqlite_columns_find(const struct sqlite_columns *c, struct span name)
{
	return c->n == 0 || c->all == NULL
		   ? NULL
		   : bsearch(&name, c->all, c->n, sizeof(*c->all), is_name);
}

/* As find(). Most properties follow the one that they followed last time. */
struct sqlite_column *
sqlite_columns_next(struct sqlite_columns *c, struct span name)
{
	struct sqlite_column *const last =
	    c->last < c->n ? &c->all[c->last] : NULL;
	struct sqlite_column *p = last != NULL ? &c->all[last->next] : NULL;

	if (p == NULL || !span_eq(name, span_of(p->name, p->name_n)))
		p = sqlite_columns_find(c, name);
	if (p == NULL)
		return NULL;
	c->last = (size_t)(p - c->all);
	if (last != NULL)
		last->next = c->last;
	return p;
}

bool
sqlite_columns_can_add(const struct sqlite_columns *c, const char *name)
{
	if (c->n >= COLUMNS_MAX - 1)
		return false;
	if (name[0] == '_' || sqlite3_stricmp(name, "EventTime") == 0)
		return false;
	/* SQLite does not tell upper from lower case in names. */
	for (size_t i = 0; i < c->n; i++)
		if (sqlite3_stricmp(c->all[i].name, name) == 0)
			return false;
	return true;
}

enum rc
sqlite_columns_add(
    const struct sqlite_columns *c, const char *name, struct err *e)
{
	static const char *const suffixes[] = { "", SQLITE_CONFLICTS };
	struct buf text;

	buf_init(&text, SQL_MAX);
	for (size_t i = 0; i < 2; i++) {
		buf_fmt(&text, "ALTER TABLE \"%s%s\" ADD COLUMN ",
		    c->table->name, suffixes[i]);
		sqlite_text_name(&text, name);
		buf_str(&text, " TEXT;");
	}
	buf_byte(&text, '\0');
	const enum rc rc = text.full ? buf_fail(&text, "an SQL statement", e)
				     : sql_exec(c->db, (const char *)text.p, e);
	buf_reset(&text);
	return rc;
}
