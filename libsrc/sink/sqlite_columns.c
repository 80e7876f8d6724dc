/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <sqlite3.h>

#include "checkpoint/sql.h"
#include "sink/sqlite_columns.h"
#include "sink/sqlite_text.h"

/* Maximum number of columns. SQLite allows 2,000; further properties go into
 * _Extra. */
#define COLUMNS_MAX 1500
#define SQL_MAX (1U << 20)

static void
clear(struct sqlite_columns *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->all[i].name);
	c->n = 0;
	sql_finish(c->insert);
	c->insert = NULL;
	sql_finish(c->conflict);
	c->conflict = NULL;
	sql_finish(c->copy);
	c->copy = NULL;
}

/* Read the columns in the order of the table, without computed ones. */
static enum rc
read_columns(struct sqlite_columns *c, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = sql_prepare(
	    c->db, "SELECT name, type FROM pragma_table_info(?)", &st, e);

	if (rc == RC_OK)
		rc = sql_bind(st, e, "t", c->table->name);
	while (rc == RC_OK && (rc = sql_step(st, e)) == RC_OK) {
		if (c->n == COLUMNS_MAX) {
			rc = err_set(e, RC_FATAL, WHY_LIMIT,
			    "table %s has more than %d columns", c->table->name,
			    COLUMNS_MAX);
			break;
		}
		const char *const name =
		    (const char *)sqlite3_column_text(st, 0);
		const char *const type =
		    (const char *)sqlite3_column_text(st, 1);
		char *const copy =
		    name == NULL || type == NULL ? NULL : strdup(name);
		if (copy == NULL) {
			rc = err_nomem(e);
			break;
		}
		c->all[c->n] = (struct sqlite_column){ .name = copy,
			.name_n = strlen(copy),
			.at = c->n + 1,
			.integer = strcmp(type, "INTEGER") == 0 };
		c->n++;
	}
	sql_finish(st);
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
prepare_statements(struct sqlite_columns *c, struct err *e)
{
	const char **const names = calloc(c->n + 1, sizeof(*names));
	struct buf insert;
	struct buf conflict;
	struct buf copy;

	if (names == NULL)
		return err_nomem(e);
	for (size_t i = 0; i < c->n; i++)
		names[i] = c->all[i].name;
	buf_init(&insert, SQL_MAX);
	buf_str(&insert, "INSERT INTO ");
	sqlite_text_name(&insert, c->table->name);
	for (size_t i = 0; i < c->n; i++) {
		buf_byte(&insert, i == 0 ? '(' : ',');
		sqlite_text_name(&insert, names[i]);
	}
	for (size_t i = 0; i < c->n; i++)
		buf_str(&insert, i == 0 ? ") VALUES(?" : ",?");
	buf_str(&insert, ") ON CONFLICT DO NOTHING");
	enum rc rc = sql_prepare_buf(c->db, &insert, &c->insert, e);
	buf_init(&conflict, SQL_MAX);
	sqlite_text_conflict(&conflict, c->table, names, c->n);
	if (rc == RC_OK)
		rc = sql_prepare_buf(c->db, &conflict, &c->conflict, e);
	buf_reset(&conflict);
	buf_init(&copy, SQL_MAX);
	sqlite_text_copy_conflict(&copy, c->table, names, c->n);
	if (rc == RC_OK)
		rc = sql_prepare_buf(c->db, &copy, &c->copy, e);
	buf_reset(&copy);
	free(names);
	return rc;
}

static int
compare_columns(const void *a, const void *b)
{
	return strcmp(((const struct sqlite_column *)a)->name,
	    ((const struct sqlite_column *)b)->name);
}

enum rc
sqlite_columns_read(struct sqlite_columns *c, struct err *e)
{
	if (c->all == NULL)
		c->all = calloc(COLUMNS_MAX, sizeof(*c->all));
	if (c->all == NULL)
		return err_nomem(e);
	clear(c);
	enum rc rc = read_columns(c, e);
	if (rc == RC_OK)
		rc = prepare_statements(c, e);
	/* Sort last: the parameters are in the order of the table. */
	qsort(c->all, c->n, sizeof(*c->all), compare_columns);
	return rc;
}

void
sqlite_columns_free(struct sqlite_columns *c)
{
	clear(c);
	free(c->all);
}

static int
compare_name(const void *name, const void *column)
{
	const struct sqlite_column *const c = column;

	return span_cmp(
	    *(const struct span *)name, span_of(c->name, c->name_n));
}

struct sqlite_column *
sqlite_columns_find(const struct sqlite_columns *c, struct span name)
{
	return c->n == 0 || c->all == NULL ? NULL
					   : bsearch(&name, c->all, c->n,
						 sizeof(*c->all), compare_name);
}

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
	/* Names of columns that differ only in case are the same to SQLite. */
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
	return sql_exec_buf(c->db, &text, e);
}
