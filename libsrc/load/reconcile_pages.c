/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "load/reconcile_pages.h"
#include "util/digest.h"

#define BODY_MAX 32768

static const char digits[] = "0123456789abcdef";

static enum rc
bad_key(struct err *e)
{
	return err_set(e, RC_FATAL, WHY_CORRUPT,
	    "the query API returned keys that are not RecordKeys, or not in "
	    "order");
}

/* --- queries ------------------------------------------------------------- */

/* Query the keys with the prefix, or their number. */
static enum rc
query(struct reconcile_pages *p, bool keys, struct http_answer *answer,
    struct err *e)
{
	struct buf body;

	p->scope.prefix = p->prefix;
	buf_init(&body, BODY_MAX);
	if (keys)
		workspace_query_put_keys(&body, &p->scope);
	else
		workspace_query_put_counts(&body, &p->scope);
	const enum rc rc =
	    body.full ? err_nomem(e)
		      : api_client_post(p->client, buf_span(&body), answer, e);
	buf_reset(&body);
	return rc;
}

/* query() for a page that cannot be split: a partial answer is a failure of the
 * service, and the query is retried. */
static enum rc
query_whole(struct reconcile_pages *p, bool keys, struct http_answer *answer,
    struct err *e)
{
	struct api_client_retries retries = api_client_begin_retries(p->client);
	enum rc rc = query(p, keys, answer, e);

	while (rc == RC_SKIP) {
		e->why = WHY_NETWORK;
		rc = api_client_retry(p->client, &retries, 0, e);
		if (rc == RC_OK)
			rc = query(p, keys, answer, e);
	}
	return rc;
}

/* --- counts -------------------------------------------------------------- */

static enum rc
add_count(void *arg, const struct workspace_row *row, struct err *e)
{
	uint64_t *const rows = arg;
	const char *const text = row->text;
	const char *const at = text[0] != '\0' ? strchr(digits, text[0]) : NULL;

	if (at == NULL || text[1] != '\0')
		return bad_key(e);
	rows[at - digits] += row->n;
	return RC_OK;
}

enum rc
reconcile_pages_count(struct reconcile_pages *p,
    uint64_t rows[RECONCILE_PAGES_PARTS], struct err *e)
{
	struct http_answer answer;
	const enum rc rc = query_whole(p, false, &answer, e);

	memset(rows, 0, RECONCILE_PAGES_PARTS * sizeof(*rows));
	return rc == RC_OK
		   ? workspace_query_each_row(&answer, add_count, rows, e)
		   : rc;
}

/* --- keys ---------------------------------------------------------------- */

/* True if `row` sorts after `last`, by key and content. */
static bool
is_after(const struct reconcile_row *row, const struct reconcile_row *last)
{
	const int order = memcmp(row->key, last->key, EXPECTED_KEY);

	return order > 0 || (order == 0 && memcmp(row->content, last->content,
					       ROW_CONTENT_BYTES) > 0);
}

static enum rc
report_row(void *arg, const struct workspace_row *from, struct err *e)
{
	struct reconcile_pages *const p = arg;
	struct reconcile_row row = { .copies = from->n };
	const size_t content_n =
	    p->scope.content != NULL ? 2 * ROW_CONTENT_BYTES : 0;

	if (strlen(from->text) != WORKSPACE_QUERY_KEY_HEX ||
	    !digest_unhex(span_str(from->text), row.key) ||
	    strncmp(from->text, p->prefix, strlen(p->prefix)) != 0 ||
	    strlen(from->content) != content_n ||
	    !digest_unhex(span_str(from->content), row.content) ||
	    (p->any && !is_after(&row, &p->last)))
		return bad_key(e);
	p->last = row;
	p->any = true;
	return p->each(p->arg, &row, e);
}

static enum rc split_page(struct reconcile_pages *p, struct err *e);

/* Read the keys with the prefix, which have about `rows` rows. */
static enum rc
read_page(struct reconcile_pages *p, uint64_t rows, struct err *e)
{
	struct http_answer answer;
	enum rc rc = RC_SKIP;

	if (strlen(p->prefix) == WORKSPACE_QUERY_KEY_HEX)
		rc = query_whole(p, true, &answer, e);
	else if (rows <= RECONCILE_PAGES_ROWS)
		rc = query(p, true, &answer, e);
	if (rc == RC_OK)
		return workspace_query_each_row(&answer, report_row, p, e);
	return rc == RC_SKIP ? split_page(p, e) : rc;
}

static enum rc
split_page(struct reconcile_pages *p, struct err *e)
{
	uint64_t rows[RECONCILE_PAGES_PARTS];
	const size_t n = strlen(p->prefix);
	enum rc rc = reconcile_pages_count(p, rows, e);

	for (size_t i = 0; rc == RC_OK && i < RECONCILE_PAGES_PARTS; i++) {
		p->prefix[n] = digits[i];
		p->prefix[n + 1] = '\0';
		if (rows[i] > 0)
			rc = read_page(p, rows[i], e);
		p->prefix[n] = '\0';
	}
	return rc;
}

enum rc
reconcile_pages_walk(struct reconcile_pages *p, struct err *e)
{
	uint64_t rows[RECONCILE_PAGES_PARTS];
	uint64_t all = 0;
	enum rc rc = reconcile_pages_count(p, rows, e);

	p->any = false;
	for (size_t i = 0; i < RECONCILE_PAGES_PARTS; i++)
		all += rows[i];
	return rc == RC_OK && all > 0 ? read_page(p, all, e) : rc;
}
