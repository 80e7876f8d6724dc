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

#define QUERY_MAX 4096

/* --- requests ------------------------------------------------------------ */

static void
put_query(
    struct buf *out, const struct workspace_query *s, const char *summarize)
{
	char text[QUERY_MAX];
	char since[80] = "";

	if (s->since[0] != '\0')
		(void)snprintf(since, sizeof(since),
		    "| where ingestion_time() >= datetime(%s)\n", s->since);
	(void)snprintf(text, sizeof(text),
	    "%s\n%s| extend Key = %s\n| where Key matches regex "
	    "\"^[0-9a-f]{32}$\" and Key startswith_cs \"%s\"\n%s",
	    s->table, since, s->key, s->prefix, summarize);
	buf_str(out, "{\"query\":");
	json_put(out, span_str(text));
	buf_byte(out, '}');
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
	put_query(out, scope,
	    "| summarize Rows = count() by Key\n| project Key, Rows\n"
	    "| order by Key asc");
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
	/* The workspace has no data. */
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

enum rc
workspace_query_each_row(const struct http_answer *answer,
    enum rc (*visit)(void *arg, const char *text, uint64_t n, struct err *e),
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
	const char *const second =
	    json_text(cJSON_GetArrayItem(columns, 1), "name");
	if (cJSON_GetArraySize(columns) != 2 || second == NULL ||
	    strcmp(second, "Rows") != 0 || !cJSON_IsArray(rows))
		rc = unexpected(e);
	for (const struct cJSON *row = json_first(rows);
	     rc == RC_OK && row != NULL; row = json_next(row)) {
		const struct cJSON *const text = json_first(row);
		uint64_t n = 0;
		if (cJSON_GetArraySize(row) == 2 && cJSON_IsString(text) &&
		    parse_count(json_next(text), &n))
			rc = visit(arg, text->valuestring, n, e);
		else
			rc = unexpected(e);
	}
	json_free(root);
	return rc;
}
