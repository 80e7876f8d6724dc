/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "checkpoint/checkpoint.h"
#include "checkpoint/ddl.h"
#include "checkpoint/sql.h"
#include "sink/json_line.h"
#include "sink/sqlite.h"
#include "sink/sqlite_columns.h"
#include "sink/sqlite_keys.h"
#include "sink/sqlite_origin.h"
#include "sink/sqlite_primary.h"
#include "sink/sqlite_text.h"
#include "util/json.h"

#define SQL_MAX (1U << 20)
#define EXTRA_MAX (64U << 20)
/* Maximum number of digits that always fit into an int64_t. */
#define DIGITS_MAX 18U

struct sink_rows {
	struct sqlite3 *db;
	const struct table *table;
	struct sqlite3_stmt *origin; /* statement of sqlite_origin_prepare() */
	struct sqlite3_stmt *raw;    /* inserts a line into a raw table */
	struct sqlite_columns columns;
	struct buf extra; /* the value of _Extra without its last brace */
	/* Memory in which json_line unescapes names and values. */
	struct buf room;
	uint64_t lines;    /* number of lines bound so far */
	bool column_added; /* the columns have to be read again */
	bool has_keys;     /* the table has its primary key */
};

/* --- open and close ------------------------------------------------------ */

static void
rows_close(struct sink_rows *r)
{
	if (r == NULL)
		return;
	sqlite_columns_free(&r->columns);
	sql_finish(r->raw);
	sql_finish(r->origin);
	buf_reset(&r->extra);
	buf_reset(&r->room);
	free(r);
}

/* Compare the tables with their statements, with or without the primary key. */
static enum rc
check_tables(const struct sink_rows *r, struct err *e)
{
	struct buf text;

	buf_init(&text, SQL_MAX);
	sqlite_text_tables(&text, r->table, r->has_keys);
	buf_byte(&text, '\0');
	const enum rc rc = text.full
			       ? buf_fail(&text, "an SQL statement", e)
			       : ddl_check(r->db, (const char *)text.p, e);
	buf_reset(&text);
	return rc;
}

static enum rc
create_tables(struct sink_rows *r, struct err *e)
{
	struct buf text;

	buf_init(&text, SQL_MAX);
	sqlite_text_tables(&text, r->table, true);
	enum rc rc = sql_exec_buf(r->db, &text, e);
	if (rc == RC_OK)
		rc = sqlite_primary_is(r->db, r->table, &r->has_keys, e);
	return rc == RC_OK ? check_tables(r, e) : rc;
}

/* In XML rendered as JSON, an element with attributes has its text in #text. */
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
rows_open(struct checkpoint *checkpoint, const struct table *table,
    struct sink_rows **out, struct err *e)
{
	struct sink_rows *const r = calloc(1, sizeof(*r));

	*out = NULL;
	if (r == NULL)
		return err_nomem(e);
	r->db = checkpoint_db(checkpoint);
	r->table = table;
	buf_init(&r->extra, EXTRA_MAX);
	buf_init(&r->room, EXTRA_MAX);
	r->columns.db = r->db;
	r->columns.table = table;
	enum rc rc = create_tables(r, e);
	if (rc == RC_OK)
		rc = sqlite_origin_prepare(r->db, table->name, &r->origin, e);
	if (rc == RC_OK)
		rc = table->n == 0 ? sql_prepare(r->db, raw_insert, &r->raw, e)
				   : sqlite_columns_read(&r->columns, e);
	if (rc != RC_OK) {
		rows_close(r);
		return rc;
	}
	*out = r;
	return RC_OK;
}

/* --- binding a line ------------------------------------------------------ */

/* Read an integer of at most DIGITS_MAX characters; false if the number is
 * longer or not an integer. */
static bool
parse_integer(struct span number, int64_t *out)
{
	const bool minus = number.n > 0 && number.p[0] == '-';
	int64_t v = 0;

	if (number.n > DIGITS_MAX)
		return false;
	for (size_t i = minus; i < number.n; i++) {
		if (number.p[i] < '0' || number.p[i] > '9')
			return false;
		v = v * 10 + (number.p[i] - '0');
	}
	*out = minus ? -v : v;
	return true;
}

/* A number that is long or has a fraction is bound as text: a column of
 * integers converts it to the nearest number, a column of texts keeps it. */
static int
bind_value(struct sqlite3_stmt *to, const struct sqlite_column *c,
    const struct json_member *one)
{
	const int at = (int)c->at;
	int64_t v = 0;

	if (one->kind == JSON_MEMBER_NULL)
		return sqlite3_bind_null(to, at);
	if (c->integer && one->kind == JSON_MEMBER_NUMBER &&
	    parse_integer(one->value, &v))
		return sqlite3_bind_int64(to, at, v);
	if (c->integer &&
	    (one->kind == JSON_MEMBER_TRUE || one->kind == JSON_MEMBER_FALSE))
		return sqlite3_bind_int(to, at, one->kind == JSON_MEMBER_TRUE);
	return sqlite3_bind_text64(to, at, (const char *)one->value.p,
	    one->value.n, SQLITE_STATIC, SQLITE_UTF8);
}

/* Add a column for a property without one. If it cannot have a column, or is
 * the second one of this name in the line, add it to _Extra. */
static enum rc
bind_without_column(struct sink_rows *r, const struct json_line *rest,
    const struct json_member *one, bool has_column, struct err *e)
{
	char name[SQLITE_COLUMN_NAME_MAX + 1];

	if (!has_column && one->name.n > 0 && one->name.n < sizeof(name)) {
		memcpy(name, one->name.p, one->name.n);
		name[one->name.n] = '\0';
		/* A line that will be refused must not add a column. */
		if (sqlite_columns_can_add(&r->columns, name) &&
		    json_line_is_valid(rest)) {
			r->column_added = true;
			return sqlite_columns_add(&r->columns, name, e);
		}
	}
	buf_byte(&r->extra, r->extra.n == 0 ? '{' : ',');
	json_put(&r->extra, one->name);
	buf_byte(&r->extra, ':');
	if (one->kind == JSON_MEMBER_TEXT)
		json_put(&r->extra, one->value);
	else
		buf_put(&r->extra, one->value);
	return RC_OK;
}

/* Bind the members of a line to their columns. Stops with r->column_added set
 * when a column was added: then the line has to be bound again. RC_SKIP: the
 * line is not a JSON object. */
static enum rc
bind_members(struct sink_rows *r, struct sqlite3_stmt *to, struct span line,
    struct err *e)
{
	struct json_line m;
	struct json_member one;
	enum rc rc = json_line_begin(&m, line, &r->room, e);

	r->lines++;
	r->columns.last = r->columns.n;
	r->column_added = false;
	buf_cut(&r->extra, 0);
	(void)sqlite3_reset(to);
	(void)sqlite3_clear_bindings(to);
	while (rc == RC_OK && !r->column_added) {
		rc = json_line_next(&m, &one);
		if (rc != RC_OK)
			break;
		/* Columns whose names begin with _ are never taken from a
		 * line. */
		struct sqlite_column *const c =
		    one.name.n > 0 && one.name.p[0] == '_'
			? NULL
			: sqlite_columns_next(&r->columns, one.name);
		if (c == NULL || c->seen == r->lines) {
			rc = bind_without_column(r, &m, &one, c != NULL, e);
			continue;
		}
		c->seen = r->lines;
		if (bind_value(to, c, &one) != SQLITE_OK)
			rc = sql_fail(r->db, "bind a value", e);
	}
	return rc == RC_END ? RC_OK : rc;
}

/* Returns the parameter of one of our own columns; 0, which SQLite refuses to
 * bind, if the table lacks the column. */
static int
parameter(const struct sink_rows *r, const char *column)
{
	const struct sqlite_column *const c =
	    sqlite_columns_find(&r->columns, span_str(column));

	return c == NULL ? 0 : (int)c->at;
}

static uint64_t
offset_of(const struct sink_lines *from, struct span line)
{
	return from->offset + (uint64_t)(line.p - from->text.p);
}

/* Bind the columns that this program adds to each row. */
static enum rc
bind_own(struct sink_rows *r, struct sqlite3_stmt *to,
    const struct sink_lines *from, struct span line, struct err *e)
{
	int code = sqlite3_bind_text(
	    to, parameter(r, "_Segment"), from->segment, -1, SQLITE_STATIC);

	if (code == SQLITE_OK)
		code = sqlite3_bind_int64(to, parameter(r, "_Offset"),
		    (int64_t)offset_of(from, line));
	if (r->extra.n > 0)
		buf_byte(&r->extra, '}');
	if (code == SQLITE_OK && r->extra.full)
		return err_nomem(e);
	if (code == SQLITE_OK && r->extra.n > 0)
		code = sqlite3_bind_text64(to, parameter(r, "_Extra"),
		    (const char *)r->extra.p, r->extra.n, SQLITE_STATIC,
		    SQLITE_UTF8);
	return code == SQLITE_OK ? RC_OK : sql_fail(r->db, "bind a value", e);
}

/* --- writing ------------------------------------------------------------- */

/* Insert a line unless its key exists. RC_SKIP: the line is not a JSON object.
 */
static enum rc
insert_line(struct sink_rows *r, const struct sink_lines *from,
    struct span line, struct err *e)
{
	struct json_line m;
	enum rc rc = RC_OK;

	if (r->table->n == 0) {
		rc = json_line_begin(&m, line, &r->room, e);
		if (rc == RC_OK && !json_line_is_valid(&m))
			return RC_SKIP;
		if (rc == RC_OK)
			rc = sql_bind(r->raw, e, "sti", line, from->segment,
			    (int64_t)offset_of(from, line));
		return rc == RC_OK ? sql_run(r->raw, e) : rc;
	}
	do {
		if (r->column_added)
			rc = sqlite_columns_read(&r->columns, e);
		if (rc == RC_OK)
			rc = bind_members(r, r->columns.insert, line, e);
	} while (rc == RC_OK && r->column_added);
	if (rc == RC_OK)
		rc = bind_own(r, r->columns.insert, from, line, e);
	return rc == RC_OK ? sql_run(r->columns.insert, e) : rc;
}

/* Keep a line that was not inserted as a conflict, if it differs from the row
 * with its key. */
static enum rc
insert_conflict(struct sink_rows *r, const struct sink_lines *from,
    struct span line, struct sink_written *done, struct err *e)
{
	struct sqlite3_stmt *const to = r->columns.conflict;

	if (r->table->n == 0)
		return RC_OK;
	/* No column can be missing: insert_line() bound the same line. */
	enum rc rc = bind_members(r, to, line, e);
	if (rc == RC_OK)
		rc = bind_own(r, to, from, line, e);
	if (rc == RC_OK)
		rc = sql_run(to, e);
	if (rc == RC_OK && sqlite3_changes(r->db) == 1)
		done->conflicts++;
	return rc;
}

static enum rc
write_line(struct sink_rows *r, const struct sink_lines *from, struct span line,
    struct sink_written *done, struct err *e)
{
	const bool object = line.n > 0 && line.p[0] == '{';
	enum rc rc = object ? insert_line(r, from, line, e) : RC_SKIP;

	if (rc == RC_SKIP) {
		const struct sink_refused_line refused = {
			offset_of(from, line), line.n,
			object ? "malformed JSON" : "not a JSON object"
		};
		done->refused++;
		return done->refuse(done->arg, &refused, e);
	}
	if (rc == RC_OK && sqlite3_changes(r->db) == 1) {
		done->added++;
		return RC_OK;
	}
	/* Without the index of keys, a line is only left out if it has no key
	 * and a row already has its place. */
	if (rc == RC_OK && !r->has_keys) {
		done->own++;
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = sqlite_origin_count(r->origin, from, line, done, e);
	return rc == RC_OK ? insert_conflict(r, from, line, done, e) : rc;
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
	static const char *const suffixes[] = { "", SQLITE_CONFLICTS };
	uint64_t *const counts[] = { &size->rows, &size->conflicts };
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < 2; i++) {
		struct sqlite3_stmt *st = NULL;
		char text[512];

		/* Without WHERE, SQLite reads only the smallest index. */
		(void)snprintf(text, sizeof(text),
		    "SELECT count(*) FROM \"%.200s%s\"", r->table->name,
		    suffixes[i]);
		rc = sql_query(r->db, &st, e, text, "");
		if (rc == RC_OK)
			*counts[i] = sql_u64(st, 0);
		sql_finish(st);
	}
	return rc;
}

/* --- deferred keys ------------------------------------------------------- */

static enum rc
rows_defer_keys(struct sink_rows *r, struct err *e)
{
	bool dropped = false;
	const enum rc rc = r->has_keys
			       ? sqlite_keys_drop(r->db, r->table, &dropped, e)
			       : RC_OK;

	r->has_keys = r->has_keys && !dropped;
	return rc;
}

static bool
rows_has_deferred_keys(const struct sink_rows *r)
{
	return !r->has_keys;
}

static enum rc
rows_finish(
    struct sink_rows *r, const struct sink_finish *finish, struct err *e)
{
	const enum rc rc =
	    r->has_keys ? RC_OK : sqlite_keys_create(&r->columns, finish, e);

	r->has_keys = r->has_keys || rc == RC_OK;
	return rc;
}

static const struct sink_local local = { rows_open, rows_write, rows_count,
	rows_defer_keys, rows_has_deferred_keys, rows_finish, rows_close };

/* A transaction commits one or more batches. A batch is large enough that
 * recording it takes little of the time. */
const struct sink sqlite_sink = {
	.name = "sqlite",
	.max_bytes = 8U << 20,
	.max_records = 20000,
	.local = &local,
};
