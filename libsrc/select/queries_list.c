/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A QueryList, as Event Viewer shows it on the page XML of a filter or exports
 * it inside of a view (win32 documentation, "Query Schema"):
 *
 *   <QueryList><Query Id="0" Path="Security">
 *     <Select Path="Security">*[System[(EventID=4624)]]</Select>
 *     <Suppress Path="Security">*[System[(Level=4)]]</Suppress>
 *   </Query></QueryList>
 */
#include <stdio.h>

#include "select/queries.h"
#include "util/xml.h"

#define WHERE_MAX 256

struct reader {
	struct queries *q;
	const char *path;
	struct err *e;
	bool refused;   /* e says why */
	bool in_list;   /* inside of QueryList; the rest of a view is skipped */
	unsigned rule;  /* of the Query, 0 outside */
	unsigned query; /* how many there were */
	unsigned piece; /* how many Select and Suppress in this one */
	bool in_piece;
	bool suppress;
	struct buf outer;   /* the Query's path */
	struct buf channel; /* the piece's */
	struct buf text;
};

static bool
refuse(struct reader *r, const char *what, const char *name)
{
	r->refused = true;
	(void)err_set(
	    r->e, RC_FATAL, WHY_USAGE, "%.200s: %s%.60s", r->path, what, name);
	return false;
}

static void
take_path(struct buf *to, const char **attrs)
{
	buf_cut(to, 0);
	for (; *attrs != NULL; attrs += 2) {
		if (strcmp(attrs[0], "Path") == 0)
			buf_str(to, attrs[1]);
	}
}

static bool
start_query(struct reader *r, const char *name, const char **attrs)
{
	if (strcmp(name, "Query") != 0)
		return refuse(r, "a QueryList has Query elements, not ", name);
	r->rule = queries_new_rule(r->q);
	r->query++;
	r->piece = 0;
	take_path(&r->outer, attrs);
	return true;
}

static bool
start_piece(struct reader *r, const char *name, const char **attrs)
{
	r->suppress = strcmp(name, "Suppress") == 0;
	if (!r->suppress && strcmp(name, "Select") != 0)
		return refuse(r, "a Query has Select and Suppress, not ", name);
	r->in_piece = true;
	r->piece++;
	take_path(&r->channel, attrs);
	if (r->channel.n == 0)
		buf_put(&r->channel, buf_span(&r->outer));
	buf_cut(&r->text, 0);
	return true;
}

static bool
on_start(void *ctx, const char *name, const char **attrs)
{
	struct reader *const r = ctx;

	if (r->in_piece)
		return refuse(r, "elements inside of a query: ", name);
	if (r->rule != 0)
		return start_piece(r, name, attrs);
	if (r->in_list)
		return start_query(r, name, attrs);
	r->in_list = strcmp(name, "QueryList") == 0;
	return true;
}

/* A view of a saved log names the file: then the channel is whatever the
 * records say. */
static bool
end_piece(struct reader *r)
{
	char where[WHERE_MAX];
	const struct span channel = buf_span(&r->channel);
	const struct queries_piece piece = { .where = where,
		.channel =
		    span_starts(channel, SPAN("file://")) ? SPAN("*") : channel,
		.text = span_trim(buf_span(&r->text)),
		.suppress = r->suppress,
		.rule = r->rule };

	r->in_piece = false;
	(void)snprintf(where, sizeof(where), "%.160s: Query %u, %s %u", r->path,
	    r->query, r->suppress ? "Suppress" : "Select", r->piece);
	r->refused = queries_add_piece(r->q, &piece, r->e) != RC_OK;
	return !r->refused;
}

static bool
on_end(void *ctx, bool empty)
{
	struct reader *const r = ctx;

	(void)empty;
	/* The reader goes on to the end of <a/> before it stops. */
	if (r->refused)
		return false;
	if (r->in_piece)
		return end_piece(r);
	if (r->rule != 0)
		r->rule = 0;
	else
		r->in_list = false;
	return true;
}

static bool
on_text(void *ctx, struct span text)
{
	struct reader *const r = ctx;

	if (r->in_piece)
		buf_put(&r->text, text);
	return !r->text.full;
}

static enum rc
read_xml(struct reader *r, struct span text, struct err *e)
{
	const struct xml_handler handler = { r, on_start, on_end, on_text };
	const size_t before = r->q->n;
	struct xml *xml;
	struct err why;

	enum rc rc = xml_create(&xml, e);
	if (rc != RC_OK)
		return rc;
	err_clear(&why);
	rc = xml_read(xml, text, &handler, &why);
	xml_destroy(xml);
	if (rc != RC_OK && r->refused)
		return RC_FATAL;
	if (rc != RC_OK)
		return err_set(e, RC_FATAL, WHY_USAGE, "%.200s: %.250s",
		    r->path, why.text);
	if (r->q->n == before)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%.200s: there is no QueryList with a Select", r->path);
	return RC_OK;
}

enum rc
queries_add_list(struct queries *q, const char *path, struct err *e)
{
	struct reader r = { .q = q, .path = path, .e = e };
	struct buf text;

	buf_init(&text, 2 * QUERIES_FILE_MAX);
	buf_init(&r.outer, XPATH_TEXT_MAX);
	buf_init(&r.channel, XPATH_TEXT_MAX);
	buf_init(&r.text, QUERIES_FILE_MAX);
	enum rc rc = queries_slurp(path, &text, e);
	if (rc == RC_OK)
		rc = read_xml(&r, buf_span(&text), e);
	buf_reset(&r.text);
	buf_reset(&r.channel);
	buf_reset(&r.outer);
	buf_reset(&text);
	return rc;
}
