/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows for an SQLite database. Each property of a line is bound to the column
 * of its name. A property without a column gets one (TEXT), so that nothing is
 * lost.
 */
#include <stdlib.h>

#include <sqlite3.h>

#include "checkpoint/checkpoint.h"
#include "checkpoint/ddl.h"
#include "checkpoint/sql.h"
#include "sink/json_line.h"
#include "sink/sqlite.h"
#include "sink/sqlite_audit.h"
#include "sink/sqlite_columns.h"
#include "sink/sqlite_text.h"
#include "util/json.h"

#define SQL_MAX (1U << 20)
#define EXTRA_MAX (64U << 20)
#define DIGITS_MAX 18U /* each number of so many is an int64_t */

struct sink_rows {
	struct sqlite3 *db;
	const struct table *table;
	struct sqlite3_stmt *origin; /* of the row with a line's key */
	struct sqlite3_stmt *raw;    /* inserts a line as it is */
	struct sqlite_columns columns;
	struct buf extra;
	struct buf room; /* texts that a line has with escapes */
	uint64_t lines;
	bool widened; /* the table has a new column */
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

static enum rc
make_tables(struct sink_rows *r, struct err *e)
{
	struct buf text;

	buf_init(&text, SQL_MAX);
	sqlite_text_tables(&text, r->table);
	buf_byte(&text, '\0');
	enum rc rc = text.full ? buf_fail(&text, "an SQL statement", e)
			       : sql_exec(r->db, (const char *)text.p, e);
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
		return sql_prepare(r->db, raw_insert, &r->raw, e);
	return sqlite_columns_read(&r->columns, e);
}

static enum rc
rows_open(struct checkpoint *state, const struct table *table,
    struct sink_rows **out, struct err *e)
{
	struct sink_rows *const r = calloc(1, sizeof(*r));

	*out = NULL;
	if (r == NULL)
		return err_nomem(e);
	r->db = checkpoint_db(state);
	r->table = table;
	buf_init(&r->extra, EXTRA_MAX);
	buf_init(&r->room, EXTRA_MAX);
	r->columns.db = r->db;
	r->columns.table = table;
	const enum rc rc = prepare(r, e);
	if (rc != RC_OK) {
		rows_close(r);
		return rc;
	}
	*out = r;
	return RC_OK;
}

/* --- one line ------------------------------------------------------------ */

/* A property that cannot have a column of its own: into _Extra. */
static void
put_extra(struct sink_rows *r, const struct json_member *one)
{
	buf_byte(&r->extra, r->extra.n == 0 ? '{' : ',');
	json_put(&r->extra, one->name);
	buf_byte(&r->extra, ':');
	if (one->kind == JSON_MEMBER_TEXT)
		json_put(&r->extra, one->value);
	else
		buf_put(&r->extra, one->value);
}

static int64_t
number_of(struct span digits)
{
	const bool minus = digits.n > 0 && digits.p[0] == '-';
	int64_t v = 0;

	for (size_t i = minus; i < digits.n; i++)
		v = v * 10 + (digits.p[i] - '0');
	return minus ? -v : v;
}

static bool
is_whole(struct span number)
{
	if (number.n > DIGITS_MAX)
		return false;
	for (size_t i = 0; i < number.n; i++)
		if ((number.p[i] < '0' || number.p[i] > '9') &&
		    (i > 0 || number.p[i] != '-'))
			return false;
	return true;
}

/* A number that is long or has a fraction is given as it is written: a column
 * of integers makes the nearest number of it, one of text keeps it. */
static int
bind_one(struct sqlite3_stmt *to, const struct sqlite_column *c,
    const struct json_member *one)
{
	const int at = (int)c->at;

	if (one->kind == JSON_MEMBER_NULL)
		return sqlite3_bind_null(to, at);
	if (c->integer && one->kind == JSON_MEMBER_NUMBER &&
	    is_whole(one->value))
		return sqlite3_bind_int64(to, at, number_of(one->value));
	if (c->integer &&
	    (one->kind == JSON_MEMBER_TRUE || one->kind == JSON_MEMBER_FALSE))
		return sqlite3_bind_int(to, at, one->kind == JSON_MEMBER_TRUE);
	return sqlite3_bind_text64(to, at, (const char *)one->value.p,
	    one->value.n, SQLITE_STATIC, SQLITE_UTF8);
}

/* A property that has no column, or none that is left in this line. If a column
 * was added, the line has to be bound again. */
static enum rc
take_stranger(struct sink_rows *r, const struct json_line *rest,
    const struct json_member *one, bool known, struct err *e)
{
	char name[SQLITE_COLUMN_NAME_MAX + 1];

	if (!known && one->name.n > 0 && one->name.n < sizeof(name)) {
		memcpy(name, one->name.p, one->name.n);
		name[one->name.n] = '\0';
		/* A line that is refused must not leave a column. */
		if (sqlite_columns_can_add(&r->columns, name) &&
		    json_line_is_valid(rest)) {
			r->widened = true;
			return sqlite_columns_add(&r->columns, name, e);
		}
	}
	put_extra(r, one);
	return RC_OK;
}

static enum rc
bind_member(struct sink_rows *r, struct sqlite3_stmt *to,
    const struct json_line *rest, const struct json_member *one, struct err *e)
{
	const bool ours = one->name.n > 0 && one->name.p[0] == '_';
	/* The columns that begin so are ours. */
	struct sqlite_column *const c =
	    ours ? NULL : sqlite_columns_next(&r->columns, one->name);

	if (c == NULL || c->seen == r->lines)
		return take_stranger(r, rest, one, c != NULL, e);
	c->seen = r->lines;
	if (bind_one(to, c, one) != SQLITE_OK)
		return sql_fail(r->db, "bind", e);
	return RC_OK;
}

static enum rc
bind_members(struct sink_rows *r, struct sqlite3_stmt *to, struct span line,
    struct err *e)
{
	struct json_line m;
	struct json_member one;
	enum rc rc = json_line_begin(&m, line, &r->room, e);

	r->lines++;
	r->columns.last = r->columns.n;
	r->widened = false;
	buf_cut(&r->extra, 0);
	(void)sqlite3_reset(to);
	(void)sqlite3_clear_bindings(to);
	while (rc == RC_OK && !r->widened) {
		rc = json_line_next(&m, &one);
		if (rc == RC_OK)
			rc = bind_member(r, to, &m, &one, e);
	}
	return rc == RC_END ? RC_OK : rc;
}

/* The parameter of a column of ours; 0, which SQLite refuses to bind, for a
 * column that the table does not have. */
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

static enum rc
bind_place(struct sink_rows *r, struct sqlite3_stmt *to,
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
	return code == SQLITE_OK ? RC_OK : sql_fail(r->db, "bind", e);
}

/* A line of a table without columns of its own, for SQLite's own JSON. */
static enum rc
insert_raw(struct sink_rows *r, const struct sink_lines *from, struct span line,
    struct err *e)
{
	struct json_line m;
	enum rc rc = json_line_begin(&m, line, &r->room, e);

	if (rc == RC_OK && !json_line_is_valid(&m))
		return RC_SKIP;
	if (rc == RC_OK)
		rc = sql_bind(r->raw, e, "sti", line, from->segment,
		    (int64_t)offset_of(from, line));
	return rc == RC_OK ? sql_run(r->raw, e) : rc;
}

/* RC_SKIP: the line is no JSON object. */
static enum rc
insert_line(struct sink_rows *r, const struct sink_lines *from,
    struct span line, struct err *e)
{
	if (r->table->n == 0)
		return insert_raw(r, from, line, e);
	enum rc rc = bind_members(r, r->columns.insert, line, e);
	while (rc == RC_OK && r->widened) {
		rc = sqlite_columns_read(&r->columns, e);
		if (rc == RC_OK)
			rc = bind_members(r, r->columns.insert, line, e);
	}
	if (rc == RC_OK)
		rc = bind_place(r, r->columns.insert, from, line, e);
	return rc == RC_OK ? sql_run(r->columns.insert, e) : rc;
}

/* The row was not inserted: keep it if it differs from the one with its key.
 * *different says whether it did. */
static enum rc
keep_conflict(struct sink_rows *r, const struct sink_lines *from,
    struct span line, bool *different, struct err *e)
{
	struct sqlite3_stmt *const to = r->columns.conflict;

	*different = false;
	if (r->table->n == 0)
		return RC_OK;
	/* Its columns are there since it was bound before. */
	enum rc rc = bind_members(r, to, line, e);
	if (rc == RC_OK)
		rc = bind_place(r, to, from, line, e);
	if (rc == RC_OK)
		rc = sql_run(to, e);
	*different = rc == RC_OK && sqlite3_changes(r->db) == 1;
	return rc;
}

/* The line is no row: it can never be stored. */
static enum rc
refuse(const struct sink_lines *from, struct span line,
    struct sink_written *done, struct err *e)
{
	const bool open = line.n > 0 && line.p[0] == '{';
	const struct sink_refused_line refused = { offset_of(from, line),
		line.n, open ? "malformed JSON" : "not a JSON object" };

	done->refused++;
	return done->refuse(done->arg, &refused, e);
}

static enum rc
write_line(struct sink_rows *r, const struct sink_lines *from, struct span line,
    struct sink_written *done, struct err *e)
{
	bool different = false;
	enum rc rc = RC_SKIP;

	if (line.n > 0 && line.p[0] == '{')
		rc = insert_line(r, from, line, e);
	if (rc == RC_SKIP)
		return refuse(from, line, done, e);
	if (rc == RC_OK && sqlite3_changes(r->db) == 1) {
		done->added++;
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = sqlite_audit_origin(r->origin, from, line, done, e);
	if (rc == RC_OK)
		rc = keep_conflict(r, from, line, &different, e);
	done->conflicts += different ? 1 : 0;
	return rc;
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
const struct sink sqlite_sink = {
	.name = "sqlite",
	.max_bytes = 8U << 20,
	.max_records = 20000,
	.local = &local,
};
