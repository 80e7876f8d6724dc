/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows for an SQLite database. SQLite's own json_each() reads the lines; each
 * property is bound to the column of its name. A property without a column
 * gets one (TEXT), so that nothing is lost.
 */
#include <stdlib.h>

#include <sqlite3.h>

#include "sink/sink.h"
#include "sink/sqlite_audit.h"
#include "sink/sqlite_text.h"
#include "state/ddl.h"
#include "state/sql.h"
#include "state/state.h"
#include "util/json.h"

/* SQLite allows 2,000; the properties after that share _Extra. */
#define COLUMNS_MAX 1500
#define NAME_MAX_BYTES 200
#define SQL_MAX (1U << 20)
#define EXTRA_MAX (64U << 20)

struct place {
	char *name;
	size_t at;     /* the parameter of the insert, from 1 */
	bool integer;  /* as declared */
	uint64_t seen; /* the last line that had it */
};

struct sink_rows {
	struct sqlite3 *db;
	const struct table *table;
	struct sqlite3_stmt *origin;   /* of the row with a line's key */
	struct sqlite3_stmt *parts;    /* the properties of a line */
	struct sqlite3_stmt *insert;   /* NULL: to be prepared again */
	struct sqlite3_stmt *conflict; /* of a row whose key is there */
	struct place *places;          /* sorted by name */
	size_t n;
	size_t guess; /* the place of the next property, if as last time */
	struct buf extra;
	struct buf line;
	uint64_t lines;
};

/* --- columns ------------------------------------------------------------- */

static int
by_name(const void *a, const void *b)
{
	return strcmp(
	    ((const struct place *)a)->name, ((const struct place *)b)->name);
}

static int
is_name(const void *name, const void *place)
{
	return strcmp(name, ((const struct place *)place)->name);
}

static bool
is_integer(const char *declared)
{
	return declared != NULL && strcmp(declared, "INTEGER") == 0;
}

static void
forget_columns(struct sink_rows *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->places[i].name);
	r->n = 0;
	sql_finish(r->insert);
	r->insert = NULL;
	sql_finish(r->conflict);
	r->conflict = NULL;
}

static enum rc
add_column(struct sink_rows *r, struct sqlite3_stmt *row, struct err *e)
{
	struct place *const p = &r->places[r->n];

	if (r->n == COLUMNS_MAX)
		return err_set(e, RC_FATAL, WHY_LIMIT,
		    "table %s has more than %d columns", r->table->name,
		    COLUMNS_MAX);
	const char *const name = (const char *)sqlite3_column_text(row, 0);
	const char *const type = (const char *)sqlite3_column_text(row, 1);
	p->name = name == NULL || type == NULL ? NULL : strdup(name);
	if (p->name == NULL)
		return err_nomem(e);
	p->integer = is_integer(type);
	p->seen = 0;
	p->at = ++r->n;
	return RC_OK;
}

/* The columns the table has; those that are computed are not among them. */
static enum rc
read_columns(struct sink_rows *r, struct err *e)
{
	struct sqlite3_stmt *st = NULL;
	enum rc rc = sql_prepare(
	    r->db, "SELECT name, type FROM pragma_table_info(?)", &st, e);

	if (rc == RC_OK)
		rc = sql_bind(st, e, "t", r->table->name);
	while (rc == RC_OK) {
		rc = sql_step(st, e);
		if (rc == RC_OK)
			rc = add_column(r, st, e);
	}
	sql_finish(st);
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
prepare_conflict(struct sink_rows *r, struct err *e)
{
	const char **const names = calloc(r->n + 1, sizeof(*names));
	struct buf text;

	if (names == NULL)
		return err_nomem(e);
	for (size_t i = 0; i < r->n; i++)
		names[i] = r->places[i].name;
	buf_init(&text, SQL_MAX);
	sqlite_text_conflict(&text, r->table, names, r->n);
	buf_byte(&text, '\0');
	const enum rc rc = text.full ? err_nomem(e)
				     : sql_prepare(r->db, (const char *)text.p,
					   &r->conflict, e);
	buf_reset(&text);
	free(names);
	return rc;
}

static enum rc
prepare_insert(struct sink_rows *r, struct err *e)
{
	struct buf text;

	buf_init(&text, SQL_MAX);
	buf_str(&text, "INSERT INTO ");
	sqlite_text_name(&text, r->table->name);
	for (size_t i = 0; i < r->n; i++) {
		buf_byte(&text, i == 0 ? '(' : ',');
		sqlite_text_name(&text, r->places[i].name);
	}
	for (size_t i = 0; i < r->n; i++)
		buf_str(&text, i == 0 ? ") VALUES(?" : ",?");
	buf_str(&text, ") ON CONFLICT DO NOTHING");
	buf_byte(&text, '\0');
	enum rc rc =
	    text.full ? err_nomem(e)
		      : sql_prepare(r->db, (const char *)text.p, &r->insert, e);
	buf_reset(&text);
	if (rc == RC_OK)
		rc = prepare_conflict(r, e);
	/* Only now: the parameters stand in the order of the table. */
	qsort(r->places, r->n, sizeof(*r->places), by_name);
	return rc;
}

static enum rc
refresh(struct sink_rows *r, struct err *e)
{
	forget_columns(r);
	const enum rc rc = read_columns(r, e);
	return rc == RC_OK ? prepare_insert(r, e) : rc;
}

static struct place *
find(struct sink_rows *r, const char *name)
{
	return r->n == 0 ? NULL
			 : bsearch(name, r->places, r->n, sizeof(*r->places),
			       is_name);
}

/* --- open and close ------------------------------------------------------ */

static void
rows_close(struct sink_rows *r)
{
	if (r == NULL)
		return;
	forget_columns(r);
	sql_finish(r->parts);
	sql_finish(r->origin);
	free(r->places);
	buf_reset(&r->extra);
	buf_reset(&r->line);
	free(r);
}

static enum rc
make_tables(struct sink_rows *r, struct err *e)
{
	struct buf text;

	buf_init(&text, SQL_MAX);
	sqlite_text_tables(&text, r->table);
	buf_byte(&text, '\0');
	enum rc rc =
	    text.full ? err_nomem(e) : sql_exec(r->db, (const char *)text.p, e);
	if (rc == RC_OK)
		rc = ddl_check(r->db, (const char *)text.p, e);
	buf_reset(&text);
	return rc;
}

static const char raw_insert[] =
    "INSERT INTO Raw(RecordKey_CF, TimeCreated, Computer, Channel, Provider,"
    " EventID, EventRecordID, Event, _Segment, _Offset) SELECT"
    " json_extract(?1, '$.RecordKey_CF'),"
    " json_extract(?1, '$.Event.System.TimeCreated.#attributes.SystemTime'),"
    " json_extract(?1, '$.Event.System.Computer'),"
    " json_extract(?1, '$.Event.System.Channel'),"
    " json_extract(?1, '$.Event.System.Provider.#attributes.Name'),"
    " coalesce(json_extract(?1, '$.Event.System.EventID.#text'),"
    " json_extract(?1, '$.Event.System.EventID')),"
    " json_extract(?1, '$.Event.System.EventRecordID'), ?1, ?2, ?3"
    " WHERE true ON CONFLICT DO NOTHING";

static enum rc
prepare(struct sink_rows *r, struct err *e)
{
	enum rc rc = make_tables(r, e);

	if (rc == RC_OK)
		rc = sqlite_audit_prepare(r->db, r->table->name, &r->origin, e);
	if (rc != RC_OK)
		return rc;
	if (r->table->n == 0)
		return sql_prepare(r->db, raw_insert, &r->insert, e);
	rc = sql_prepare(
	    r->db, "SELECT key, type, value FROM json_each(?)", &r->parts, e);
	return rc == RC_OK ? refresh(r, e) : rc;
}

static enum rc
rows_open(struct state *state, const struct table *table,
    struct sink_rows **out, struct err *e)
{
	struct sink_rows *const r = calloc(1, sizeof(*r));

	*out = NULL;
	if (r == NULL)
		return err_nomem(e);
	r->db = state_db(state);
	r->table = table;
	buf_init(&r->extra, EXTRA_MAX);
	buf_init(&r->line, EXTRA_MAX);
	r->places = calloc(COLUMNS_MAX, sizeof(*r->places));
	if (r->places == NULL) {
		free(r);
		return err_nomem(e);
	}
	const enum rc rc = prepare(r, e);
	if (rc != RC_OK) {
		rows_close(r);
		return rc;
	}
	*out = r;
	return RC_OK;
}

/* --- one line ------------------------------------------------------------ */

/* SQLite ends a JSON string at \u0000. What follows it would be lost, so the
 * escape itself is kept as text: \\u0000. */
static struct span
keep_nul(struct sink_rows *r, struct span line)
{
	static const char nul[] = "\\u0000";
	bool escaped = false;

	if (memmem(line.p, line.n, nul, 6) == NULL)
		return line;
	buf_cut(&r->line, 0);
	for (size_t i = 0; i < line.n; i++) {
		if (!escaped && line.n - i >= 6 &&
		    memcmp(line.p + i, nul, 6) == 0)
			buf_byte(&r->line, '\\');
		escaped = !escaped && line.p[i] == '\\';
		buf_byte(&r->line, line.p[i]);
	}
	return r->line.full ? line : buf_span(&r->line);
}

/* A property that cannot have a column of its own: into _Extra. */
static enum rc
put_extra(struct sink_rows *r, const char *name, struct sqlite3_stmt *part,
    struct err *e)
{
	const char type = (char)sqlite3_column_text(part, 1)[0];
	const bool null = sqlite3_column_type(part, 2) == SQLITE_NULL;
	const unsigned char *const text = sqlite3_column_text(part, 2);
	const size_t n = (size_t)sqlite3_column_bytes(part, 2);

	if (text == NULL && !null)
		return err_nomem(e);
	buf_byte(&r->extra, r->extra.n == 0 ? '{' : ',');
	json_put(&r->extra, span_str(name));
	buf_byte(&r->extra, ':');
	if (null)
		buf_str(&r->extra, "null");
	else if (type == 't' && sqlite3_column_type(part, 2) == SQLITE_TEXT)
		json_put(&r->extra, span_of(text, n));
	else
		buf_put(&r->extra, span_of(text, n));
	return RC_OK;
}

static bool
can_be_column(const struct sink_rows *r, const char *name)
{
	const size_t n = strlen(name);

	if (n == 0 || n > NAME_MAX_BYTES || r->n >= COLUMNS_MAX - 1)
		return false;
	if (name[0] == '_' || sqlite3_stricmp(name, "EventTime") == 0)
		return false;
	/* SQLite does not tell upper from lower case in names. */
	for (size_t i = 0; i < r->n; i++)
		if (sqlite3_stricmp(r->places[i].name, name) == 0)
			return false;
	return true;
}

static enum rc
widen(struct sink_rows *r, const char *name, struct err *e)
{
	static const char *const suffixes[] = { "", SQLITE_CONFLICTS };
	struct buf text;

	buf_init(&text, SQL_MAX);
	for (size_t i = 0; i < 2; i++) {
		buf_fmt(&text, "ALTER TABLE \"%s%s\" ADD COLUMN ",
		    r->table->name, suffixes[i]);
		sqlite_text_name(&text, name);
		buf_str(&text, " TEXT;");
	}
	buf_byte(&text, '\0');
	const enum rc rc =
	    text.full ? err_nomem(e) : sql_exec(r->db, (const char *)text.p, e);
	buf_reset(&text);
	return rc;
}

static int
bind_part(struct sink_rows *r, const struct place *p, struct sqlite3_stmt *part)
{
	const char *const type = (const char *)sqlite3_column_text(part, 1);

	/* json_each() gives 1 and 0, which a column of text would show. */
	if (!p->integer && strcmp(type, "true") == 0)
		return sqlite3_bind_text(
		    r->insert, (int)p->at, "true", 4, SQLITE_STATIC);
	if (!p->integer && strcmp(type, "false") == 0)
		return sqlite3_bind_text(
		    r->insert, (int)p->at, "false", 5, SQLITE_STATIC);
	return sqlite3_bind_value(
	    r->insert, (int)p->at, sqlite3_column_value(part, 2));
}

/* RC_SKIP: a column was added, and the line has to be bound again. */
static enum rc
take_part(struct sink_rows *r, struct sqlite3_stmt *part, struct err *e)
{
	const char *const name = (const char *)sqlite3_column_text(part, 0);

	/* They are there, unless memory was short. */
	if (name == NULL || sqlite3_column_text(part, 1) == NULL)
		return err_nomem(e);
	/* The columns that begin so are ours. */
	struct place *const p = name[0] == '_' ? NULL : find(r, name);

	if (p == NULL && can_be_column(r, name)) {
		char copy[NAME_MAX_BYTES + 1];
		memcpy(copy, name, strlen(name) + 1);
		/* The table cannot be altered under a running statement. */
		(void)sqlite3_reset(part);
		const enum rc rc = widen(r, copy, e);
		return rc == RC_OK ? RC_SKIP : rc;
	}
	if (p == NULL || p->seen == r->lines)
		return put_extra(r, name, part, e);
	p->seen = r->lines;
	if (bind_part(r, p, part) != SQLITE_OK)
		return sql_fail(r->db, "bind", e);
	return RC_OK;
}

/* RC_SKIP: as take_part(). */
static enum rc
bind_line(struct sink_rows *r, struct span line, struct err *e)
{
	enum rc rc = sql_bind(r->parts, e, "s", line);

	r->lines++;
	buf_cut(&r->extra, 0);
	(void)sqlite3_clear_bindings(r->insert);
	while (rc == RC_OK) {
		rc = sql_step(r->parts, e);
		if (rc == RC_OK)
			rc = take_part(r, r->parts, e);
	}
	if (rc == RC_SKIP) {
		rc = refresh(r, e);
		return rc == RC_OK ? RC_SKIP : rc;
	}
	return rc == RC_END ? RC_OK : rc;
}

/* The parameter of a column of ours; 0, which SQLite refuses to bind, for a
 * column that the table does not have. */
static int
parameter(struct sink_rows *r, const char *column)
{
	const struct place *const p = find(r, column);

	return p == NULL ? 0 : (int)p->at;
}

static enum rc
bind_place(struct sink_rows *r, const struct sink_lines *from, uint64_t offset,
    struct err *e)
{
	const int segment = parameter(r, "_Segment");
	const int at = parameter(r, "_Offset");
	const int extra = parameter(r, "_Extra");
	int code = sqlite3_bind_text(
	    r->insert, segment, from->segment, -1, SQLITE_STATIC);

	if (code == SQLITE_OK)
		code = sqlite3_bind_int64(r->insert, at, (int64_t)offset);
	if (r->extra.n > 0)
		buf_byte(&r->extra, '}');
	if (code == SQLITE_OK && r->extra.n > 0)
		code = sqlite3_bind_text64(r->insert, extra,
		    (const char *)r->extra.p, r->extra.n, SQLITE_STATIC,
		    SQLITE_UTF8);
	return code == SQLITE_OK ? RC_OK : sql_fail(r->db, "bind", e);
}

/* The row was not inserted: keep it if it differs from the one with its key.
 * *different says whether it did. */
static enum rc
keep_conflict(struct sink_rows *r, const struct sink_lines *from,
    struct span line, bool *different, struct err *e)
{
	struct sqlite3_stmt *const insert = r->insert;
	const uint64_t offset =
	    from->offset + (uint64_t)(line.p - from->text.p);

	*different = false;
	if (r->table->n == 0)
		return RC_OK;
	line = keep_nul(r, line);
	r->insert = r->conflict;
	(void)sqlite3_reset(r->insert);
	/* Its columns are there since it was bound before. */
	enum rc rc = bind_line(r, line, e);
	if (rc == RC_OK)
		rc = bind_place(r, from, offset, e);
	if (rc == RC_OK)
		rc = sql_run(r->insert, e);
	r->insert = insert;
	*different = rc == RC_OK && sqlite3_changes(r->db) == 1;
	return rc;
}

static enum rc
insert_line(struct sink_rows *r, const struct sink_lines *from,
    struct span line, struct err *e)
{
	const uint64_t offset =
	    from->offset + (uint64_t)(line.p - from->text.p);
	enum rc rc;

	if (r->table->n == 0) {
		rc = sql_bind(
		    r->insert, e, "sti", line, from->segment, (int64_t)offset);
		return rc == RC_OK ? sql_run(r->insert, e) : rc;
	}
	line = keep_nul(r, line);
	do {
		(void)sqlite3_reset(r->insert);
		rc = bind_line(r, line, e);
	} while (rc == RC_SKIP);
	if (rc == RC_OK)
		rc = bind_place(r, from, offset, e);
	return rc == RC_OK ? sql_run(r->insert, e) : rc;
}

/* What SQLite cannot read as JSON it can never store; all else is a failure of
 * the database. */
static bool
is_bad_line(const struct sink_rows *r, struct span line)
{
	struct sqlite3_stmt *st = NULL;
	struct err e;

	if (line.n == 0 || line.p[0] != '{')
		return true;
	enum rc rc =
	    sql_prepare(r->db, "SELECT 1 WHERE NOT json_valid(?)", &st, &e);
	if (rc == RC_OK)
		rc = sql_bind(st, &e, "s", line);
	if (rc == RC_OK)
		rc = sql_step(st, &e);
	sql_finish(st);
	return rc == RC_OK;
}

static enum rc
write_line(struct sink_rows *r, const struct sink_lines *from, struct span line,
    struct sink_written *done, struct err *e)
{
	enum rc rc = RC_SKIP;

	err_clear(e);
	if (line.n > 0 && line.p[0] == '{')
		rc = insert_line(r, from, line, e);
	if (rc == RC_OK) {
		bool different = false;
		if (sqlite3_changes(r->db) == 1) {
			done->added++;
			return RC_OK;
		}
		rc = sqlite_audit_origin(r->origin, from, line, done, e);
		if (rc == RC_OK)
			rc = keep_conflict(r, from, line, &different, e);
		done->conflicts += different ? 1 : 0;
		return rc;
	}
	if (!is_bad_line(r, line))
		return rc;
	const struct err why = *e;
	const struct sink_refused refused = {
		from->offset + (uint64_t)(line.p - from->text.p), line.n,
		rc == RC_SKIP ? "not a JSON object" : why.text
	};
	done->refused++;
	return done->refuse(done->arg, &refused, e);
}

static enum rc
rows_write(struct sink_rows *r, const struct sink_lines *lines,
    struct sink_written *done, struct err *e)
{
	struct span left = lines->text;
	enum rc rc = RC_OK;

	while (rc == RC_OK && left.n > 0) {
		const uint8_t *const lf = memchr(left.p, '\n', left.n);
		const size_t n = lf == NULL ? left.n : (size_t)(lf - left.p);
		rc = write_line(r, lines, span_of(left.p, n), done, e);
		left.p += n + (lf != NULL);
		left.n -= n + (lf != NULL);
	}
	return rc;
}

static enum rc
rows_count(struct sink_rows *r, struct sink_size *size, struct err *e)
{
	return sqlite_audit_count(r->db, r->table->name, size, e);
}

static const struct sink_local local = { rows_open, rows_write, rows_count,
	rows_close };

/* A batch is a transaction: large enough that its commit does not count, small
 * enough that little is done again after a crash. */
const struct sink sink_sqlite = {
	.name = "sqlite",
	.max_bytes = 8U << 20,
	.max_records = 20000,
	.local = &local,
};
