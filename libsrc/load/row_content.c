/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "load/row_content.h"
#include "sink/json_line.h"
#include "util/digest.h"
#include "util/json.h"
#include "util/maxima.h"

/* Size of the list of columns. The expression of any list fits into a query
 * (sink/workspace_query.c). */
#define NAMES_MAX ((size_t)2048)

/* Columns that every data collection rule of evtxload dcr has. */
static const struct {
	const char *schema;
	const char *columns;
} defaults[] = {
	{ "securityevent", "Computer,Channel,EventID,EventRecordId,"
			   "TimeCreated_CF,Account,Activity,EventData" },
	{ "windowsevent", "Provider,Computer,Channel,EventID,EventRecordId,"
			  "TimeCreated_CF" },
	{ "event", "Source,EventLog,Computer,EventID,TimeCreated_CF,UserName,"
		   "ParameterXml,EventData" },
	{ "raw", "Event.System.Computer,Event.System.Channel,"
		 "Event.System.EventRecordID,"
		 "Event.System.TimeCreated.#attributes.SystemTime" },
	{ "ecs", "host.name,event.code,event.provider,winlog.channel,"
		 "winlog.record_id" },
};

struct row_content {
	char names[NAMES_MAX];
	/* Parts of the names: the column up to the first dot, and the rest,
	 * which is empty except for members of dynamic columns. */
	struct span column[ROW_CONTENT_COLUMNS];
	struct span path[ROW_CONTENT_COLUMNS];
	size_t n;
	struct digest *digest;
	/* Memory in which json_line unescapes names and values. */
	struct buf room;
	/* Same as `room`, for the members of dynamic columns. */
	struct buf inner;
};

/* --- names --------------------------------------------------------------- */

/* Split a path at its first dot. */
static struct span
split_name(struct span *rest)
{
	const uint8_t *const dot =
	    rest->n == 0 ? NULL : memchr(rest->p, '.', rest->n);
	const size_t n = dot != NULL ? (size_t)(dot - rest->p) : rest->n;
	const struct span name = span_of(rest->p, n);

	*rest =
	    dot != NULL ? span_of(dot + 1, rest->n - n - 1) : span_of(NULL, 0);
	return name;
}

/* True for a name that needs no escapes in KQL, where members are in brackets
 * and columns are bare. */
static bool
is_name(struct span name, bool member)
{
	for (size_t i = 0; i < name.n; i++) {
		const uint8_t c = name.p[i];
		const uint8_t lower = c | 0x20;
		const bool digit = c >= '0' && c <= '9';
		if ((lower >= 'a' && lower <= 'z') || c == '_' ||
		    (digit && (i > 0 || member)) ||
		    (member && (c == '-' || c == '#' || c == '@')))
			continue;
		return false;
	}
	return name.n > 0;
}

static enum rc
refuse(struct span name, const char *why, struct err *e)
{
	return err_set(e, RC_FATAL, WHY_USAGE, "--check-content: %.*s %s",
	    name.n < 100 ? (int)name.n : 100, (const char *)name.p, why);
}

/* Check that a column has the same text in a row and in the table. */
static enum rc
check_type(const struct table *t, struct span name, bool member, struct err *e)
{
	const struct column *found = NULL;

	for (size_t i = 0; i < t->n; i++)
		if (span_eq(name, span_str(t->columns[i].name)))
			found = &t->columns[i];
	if (span_eq(name, SPAN("TimeGenerated")))
		return refuse(name,
		    "cannot be compared, since the service may replace it: use "
		    "TimeCreated_CF",
		    e);
	/* The table of the schema raw has no list of columns. */
	if (t->n == 0)
		return RC_OK;
	if (found == NULL || found->kind == COLUMN_SERVICE)
		return refuse(name, "is not a column that is sent", e);
	if (found->type == COLUMN_DYNAMIC && !member)
		return refuse(name,
		    "is a dynamic column: give single members of it, such as "
		    "EventData.TargetUserName",
		    e);
	if (found->type != COLUMN_DYNAMIC && member)
		return refuse(name, "has no members", e);
	if (found->type == COLUMN_REAL || found->type == COLUMN_BOOLEAN ||
	    found->type == COLUMN_GUID)
		return refuse(name,
		    "cannot be compared: only strings, whole numbers and times "
		    "can",
		    e);
	return RC_OK;
}

static enum rc
add_name(struct row_content *c, const struct table *t, struct span name,
    struct err *e)
{
	struct span rest = name;
	const struct span column = split_name(&rest);
	const struct span path = rest;
	bool valid = is_name(column, false) && name.p[name.n - 1] != '.';

	while (rest.n > 0)
		valid = is_name(split_name(&rest), true) && valid;
	if (!valid)
		return refuse(name, "is not the name of a column", e);
	if (c->n == ROW_CONTENT_COLUMNS)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--check-content takes at most %u columns",
		    ROW_CONTENT_COLUMNS);
	c->column[c->n] = column;
	c->path[c->n++] = path;
	return check_type(t, column, path.n > 0, e);
}

static enum rc
set_names(
    struct row_content *c, const struct row_content_options *o, struct err *e)
{
	const char *list = o->columns;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++)
		if (strcmp(o->columns, "default") == 0 &&
		    strcmp(o->schema, defaults[i].schema) == 0)
			list = defaults[i].columns;
	if (strlen(list) >= sizeof(c->names))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "the list of --check-content is too long");
	memcpy(c->names, list, strlen(list) + 1);
	for (const char *p = c->names; rc == RC_OK; p++) {
		const size_t n = strcspn(p, ",");
		rc = add_name(c, o->table, span_of((const uint8_t *)p, n), e);
		p += n;
		if (*p == '\0')
			break;
	}
	return rc;
}

enum rc
row_content_create(
    struct row_content **cp, const struct row_content_options *o, struct err *e)
{
	struct row_content *const c = calloc(1, sizeof(*c));

	*cp = c;
	if (c == NULL)
		return err_nomem(e);
	buf_init(&c->room, 2 * MAXIMUM_LINE);
	buf_init(&c->inner, 2 * MAXIMUM_LINE);
	const enum rc rc = digest_create(&c->digest, e);
	return rc == RC_OK ? set_names(c, o, e) : rc;
}

void
row_content_destroy(struct row_content *c)
{
	if (c == NULL)
		return;
	digest_destroy(c->digest);
	buf_reset(&c->room);
	buf_reset(&c->inner);
	free(c);
}

/* --- KQL ----------------------------------------------------------------- */

static void
put_value(const struct row_content *c, size_t i, struct buf *out)
{
	struct buf value;
	struct span rest = c->path[i];

	/* Two bytes of a path, ".a", become at most five: ["a"]. */
	buf_init(&value, 3 * NAMES_MAX);
	buf_put(&value, c->column[i]);
	while (rest.n > 0) {
		buf_str(&value, "[\"");
		buf_put(&value, split_name(&rest));
		buf_str(&value, "\"]");
	}
	if (c->path[i].n > 0) {
		buf_str(out, "iff(gettype(");
		buf_put(out, buf_span(&value));
		buf_str(out, ") in (\"array\", \"dictionary\"), \"\", ");
	}
	buf_str(out, "tostring(");
	buf_put(out, buf_span(&value));
	buf_str(out, c->path[i].n > 0 ? "))" : ")");
	buf_reset(&value);
}

void
row_content_put_kql(const struct row_content *c, struct buf *out)
{
	buf_str(out, "substring(hash_sha256(strcat(");
	for (size_t i = 0; i < c->n; i++) {
		buf_str(out, i > 0 ? ", " : "");
		put_value(c, i, out);
		buf_str(out, ", \"\\n\"");
	}
	buf_fmt(out, ")), 0, %d)", 2 * ROW_CONTENT_BYTES);
}

void
row_content_put_names(const struct row_content *c, struct buf *out)
{
	for (size_t i = 0; i < c->n; i++) {
		const size_t dot = c->path[i].n > 0;
		buf_str(out, i > 0 ? "," : "");
		json_put(out, span_of(c->column[i].p,
				  c->column[i].n + dot + c->path[i].n));
	}
}

/* --- lines --------------------------------------------------------------- */

/* Returns the text that tostring() gives for a value. */
static struct span
text_of(const struct json_member *m)
{
	switch (m->kind) {
	case JSON_MEMBER_TRUE:
	case JSON_MEMBER_FALSE:
	case JSON_MEMBER_NUMBER:
	case JSON_MEMBER_TEXT:
		return m->value;
	case JSON_MEMBER_NULL:
	case JSON_MEMBER_NESTED:
		break;
	}
	return span_of(NULL, 0);
}

/* Follow a path into an object. The value of an inner object has no blanks, so
 * it is not copied, and the room can be used again for the next level. */
static enum rc
follow_path(struct row_content *c, struct span path, struct json_member *m,
    struct err *e)
{
	enum rc rc = RC_OK;

	while (rc == RC_OK && path.n > 0 && m->kind == JSON_MEMBER_NESTED &&
	       m->value.p[0] == '{') {
		const struct span name = split_name(&path);
		struct json_line line;
		rc = json_line_begin(&line, m->value, &c->inner, e);
		m->kind = JSON_MEMBER_NULL;
		struct json_member inner;
		while (rc == RC_OK && m->kind == JSON_MEMBER_NULL &&
		       json_line_next(&line, &inner) == RC_OK)
			if (span_eq(inner.name, name))
				*m = inner;
	}
	if (path.n > 0)
		m->kind = JSON_MEMBER_NULL;
	return rc;
}

enum rc
row_content_digest(struct row_content *c, struct span line,
    uint8_t out[ROW_CONTENT_BYTES], struct err *e)
{
	struct json_member value[ROW_CONTENT_COLUMNS];
	uint8_t whole[DIGEST_BYTES];
	struct json_line reader;
	struct json_member m;
	enum rc rc = json_line_begin(&reader, line, &c->room, e);

	for (size_t i = 0; i < c->n; i++)
		value[i] = (struct json_member){ .kind = JSON_MEMBER_NULL };
	while (rc == RC_OK && (rc = json_line_next(&reader, &m)) == RC_OK)
		for (size_t i = 0; i < c->n; i++)
			if (span_eq(m.name, c->column[i]))
				value[i] = m;
	if (rc == RC_SKIP)
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "a line of the staging is not a JSON object");
	if (rc != RC_END)
		return rc;
	rc = digest_restart(c->digest, e);
	for (size_t i = 0; rc == RC_OK && i < c->n; i++) {
		rc = follow_path(c, c->path[i], &value[i], e);
		if (rc == RC_OK)
			rc = digest_add(c->digest, text_of(&value[i]), e);
		if (rc == RC_OK)
			rc = digest_add(c->digest, SPAN("\n"), e);
	}
	if (rc == RC_OK)
		rc = digest_final(c->digest, whole, e);
	if (rc == RC_OK)
		memcpy(out, whole, ROW_CONTENT_BYTES);
	return rc;
}
