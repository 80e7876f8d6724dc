/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "http/http.h"
#include "http/url.h"
#include "sink/response.h"
#include "sink/workspace_query.h"
#include "util/json.h"

#define QUERY_MAX 16384

/* --- requests ------------------------------------------------------------ */

static void
put_query(
    struct buf *out, const struct workspace_query *s, const char *summarize)
{
	struct buf text;

	buf_init(&text, QUERY_MAX);
	buf_fmt(&text, "%s\n", s->table);
	if (s->since[0] != '\0')
		buf_fmt(&text, "| where ingestion_time() >= datetime(%s)\n",
		    s->since);
	buf_fmt(&text,
	    "| extend Key = %s\n| where Key matches regex "
	    "\"^[0-9a-f]{32}$\" and Key startswith_cs \"%s\"\n",
	    s->key, s->prefix);
	buf_str(&text, summarize);
	buf_str(out, "{\"query\":");
	json_put(out, buf_span(&text));
	buf_byte(out, '}');
	out->full = out->full || text.full;
	buf_reset(&text);
}

void
workspace_query_put_counts(struct buf *out, const struct workspace_query *scope)
{
	char text[200];

	(void)snprintf(text, sizeof(text),
	    "| summarize Rows = count() by Part = substring(Key, %zu, 1)\n"
	    "| project Part, Rows\n| order by Part asc",
	    strlen(scope->prefix));
	put_query(out, scope, text);
}

void
workspace_query_put_keys(struct buf *out, const struct workspace_query *scope)
{
	struct buf text;

	if (scope->content == NULL) {
		put_query(out, scope,
		    "| summarize Rows = count() by Key\n"
		    "| project Key, Rows\n| order by Key asc");
		return;
	}
	buf_init(&text, QUERY_MAX);
	buf_str(&text, "| summarize Rows = count() by Key, Content = ");
	buf_str(&text, scope->content);
	buf_str(&text, "\n| project Key, Content, Rows\n"
		       "| order by Key asc, Content asc");
	buf_byte(&text, '\0');
	out->full = out->full || text.full;
	if (!out->full)
		put_query(out, scope, (const char *)text.p);
	buf_reset(&text);
}

enum rc
workspace_query_put_url(
    const char *endpoint, const char *workspace, struct buf *out, struct err *e)
{
	static const char hex[] = "0123456789abcdefABCDEF-";
	bool plain = false;
	const enum rc rc = url_check(endpoint, "the query endpoint", &plain, e);

	if (rc != RC_OK)
		return rc;
	if (strlen(workspace) != 36 || strspn(workspace, hex) != 36)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--workspace must be the id of a workspace, a GUID like "
		    "00000000-0000-0000-0000-000000000000: %.60s",
		    workspace);
	buf_put(out, url_trim(endpoint));
	buf_fmt(out, "/v1/workspaces/%s/query", workspace);
	buf_byte(out, '\0');
	return out->full ? err_nomem(e) : RC_OK;
}

/* --- answers ------------------------------------------------------------- */

static const struct {
	long status;
	struct sink_verdict verdict;
} answers[] = {
	/* No content: the workspace has no data. */
	{ 204, { .act = SINK_ACK } },
	{ 400,
	    { .act = SINK_HALT,
		.hint = "check --table, and that the table has the columns of "
			"evtxload dcr" } },
	{ 401, { .act = SINK_REFRESH,
		   .hint = "the token is not accepted: check that "
			   "AZURE_AUTHORITY_HOST belongs to the workspace's "
			   "cloud" } },
	{ 403,
	    { .act = SINK_HALT,
		.hint = "give the application the role Log Analytics Reader on "
			"the workspace (Monitoring Metrics Publisher is not "
			"enough); it takes up to 30 minutes to work. If the "
			"message mentions client credentials, the application "
			"also needs the permission Data.Read of the Log "
			"Analytics API" } },
	{ 404, { .act = SINK_HALT,
		   .hint = "check --workspace (the workspace id, not its name) "
			   "and --query-endpoint" } },
	{ 408, { .act = SINK_RETRY } },
	{ 429, { .act = SINK_RETRY, .pause = true } },
	{ 504, { .act = SINK_SPLIT } },
};

struct sink_verdict
workspace_query_judge(const struct http_answer *answer)
{
	if (answer->fate != HTTP_ANSWERED)
		return response_unanswered(answer);
	if (answer->status == 200 && answer->body.n == 0)
		return (struct sink_verdict){ .act = SINK_RETRY };
	if (answer->status == 200) {
		struct cJSON *root = NULL;
		struct err ignored;
		const enum rc rc =
		    json_parse(answer->body, "it", &root, &ignored);
		/* The answer is truncated, or the service says that it is
		 * partial. */
		const bool split =
		    rc != RC_OK || json_get(root, "error") != NULL;
		json_free(root);
		return (struct sink_verdict){ .act = split ? SINK_SPLIT
							   : SINK_ACK };
	}
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
		if (answer->status == answers[i].status)
			return answers[i].verdict;
	if (answer->status >= 500)
		return (struct sink_verdict){ .act = SINK_RETRY };
	return (struct sink_verdict){ .act = SINK_HALT,
		.hint = "the service does not document this status" };
}

static enum rc
unexpected(struct err *e)
{
	return err_set(e, RC_FATAL, WHY_DENIED,
	    "the answer of the query API does not have the expected form: "
	    "check --query-endpoint");
}

/* A count is a number or a text, since JavaScript cannot represent every
 * 64-bit integer. */
static bool
parse_count(const struct cJSON *v, uint64_t *n)
{
	char *end = NULL;

	if (cJSON_IsNumber(v) && v->valuedouble >= 0 && v->valuedouble < 9e15) {
		*n = (uint64_t)v->valuedouble;
		return true;
	}
	if (!cJSON_IsString(v) || v->valuestring[0] < '0' ||
	    v->valuestring[0] > '9')
		return false;
	*n = strtoull(v->valuestring, &end, 10);
	return *end == '\0';
}

/* Read a row of n cells: the key, the content if there are three, and the
 * count. */
static bool
parse_row(const struct cJSON *row, int n, struct workspace_row *out)
{
	const struct cJSON *const first = json_first(row);
	const struct cJSON *const second = json_next(first);
	const struct cJSON *const count = n == 3 ? json_next(second) : second;

	if (cJSON_GetArraySize(row) != n || !cJSON_IsString(first) ||
	    (n == 3 && !cJSON_IsString(second)))
		return false;
	out->text = first->valuestring;
	out->content = n == 3 ? second->valuestring : "";
	return parse_count(count, &out->n);
}

enum rc
workspace_query_each_row(const struct http_answer *answer,
    enum rc (*visit)(void *arg, const struct workspace_row *row, struct err *e),
    void *arg, struct err *e)
{
	struct cJSON *root = NULL;
	enum rc rc = RC_OK;

	if (answer->status == 204)
		return RC_OK;
	if (json_parse(answer->body, "it", &root, e) != RC_OK)
		return unexpected(e);
	const struct cJSON *const table = json_first(json_get(root, "tables"));
	const struct cJSON *const columns = json_get(table, "columns");
	const struct cJSON *const rows = json_get(table, "rows");
	const int n = cJSON_GetArraySize(columns);
	const char *const last =
	    json_text(cJSON_GetArrayItem(columns, n - 1), "name");
	if ((n != 2 && n != 3) || last == NULL || strcmp(last, "Rows") != 0 ||
	    !cJSON_IsArray(rows))
		rc = unexpected(e);
	for (const struct cJSON *row = json_first(rows);
	     rc == RC_OK && row != NULL; row = json_next(row)) {
		struct workspace_row out;
		rc = parse_row(row, n, &out) ? visit(arg, &out, e)
					     : unexpected(e);
	}
	json_free(root);
	return rc;
}
