/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "select/queries_list.h"
#include "util/xml.h"

#define WHERE_MAX 256

struct reader {
	struct queries *q;
	const char *path;
	struct err *e;
	bool refused; /* the list was refused; `e` says why */
	bool in_list; /* inside of QueryList; elements outside are ignored */
	/* Number from queries_new_rule() inside of a Query, else 0. */
	unsigned rule;
	unsigned query; /* number of Query elements so far */
	unsigned piece; /* number of Select and Suppress in this Query so far */
	bool in_piece;  /* the parser is inside of a Select or Suppress */
	bool suppress;
	struct buf query_path; /* attribute Path of the current Query */
	struct buf channel;    /* Path of the Select or Suppress, or of Query */
	struct buf text; /* XPath text of the current Select or Suppress */
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
read_path(struct buf *to, const char **attrs)
{
	buf_cut(to, 0);
	for (; *attrs != NULL; attrs += 2) {
		if (strcmp(attrs[0], "Path") == 0)
			buf_str(to, attrs[1]);
	}
}

static bool
on_start(void *ctx, const char *name, const char **attrs)
{
	struct reader *const r = ctx;

	if (r->in_piece)
		return refuse(
		    r, "unexpected element inside of a query: ", name);
	if (r->rule == 0 && !r->in_list) {
		r->in_list = strcmp(name, "QueryList") == 0;
		return true;
	}
	if (r->rule == 0) {
		if (strcmp(name, "Query") != 0)
			return refuse(
			    r, "a QueryList has Query elements, not ", name);
		r->rule = queries_new_rule(r->q);
		r->query++;
		r->piece = 0;
		read_path(&r->query_path, attrs);
		return true;
	}
	r->suppress = strcmp(name, "Suppress") == 0;
	if (!r->suppress && strcmp(name, "Select") != 0)
		return refuse(r, "a Query has Select and Suppress, not ", name);
	r->in_piece = true;
	r->piece++;
	read_path(&r->channel, attrs);
	if (r->channel.n == 0)
		buf_put(&r->channel, buf_span(&r->query_path));
	buf_cut(&r->text, 0);
	return true;
}

static bool
on_end(void *ctx, bool empty)
{
	struct reader *const r = ctx;
	char where[WHERE_MAX];

	(void)empty;
	/* The XML parser calls this for a refused empty element too. */
	if (r->refused)
		return false;
	if (!r->in_piece) {
		if (r->rule != 0)
			r->rule = 0;
		else
			r->in_list = false;
		return true;
	}
	/* In a view of a saved log, Path is the log's file: the query applies
	 * to records of every channel. */
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
		    "%.200s: the file contains no QueryList with a Select",
		    r->path);
	return RC_OK;
}

enum rc
queries_list_add(struct queries *q, const char *path, struct err *e)
{
	struct reader r = { .q = q, .path = path, .e = e };
	struct buf text;

	buf_init(&text, 2 * QUERIES_FILE_MAX);
	buf_init(&r.query_path, XPATH_TEXT_MAX);
	buf_init(&r.channel, XPATH_TEXT_MAX);
	buf_init(&r.text, QUERIES_FILE_MAX);
	enum rc rc = queries_read_file(path, &text, e);
	if (rc == RC_OK)
		rc = read_xml(&r, buf_span(&text), e);
	buf_reset(&r.text);
	buf_reset(&r.channel);
	buf_reset(&r.query_path);
	buf_reset(&text);
	return rc;
}
