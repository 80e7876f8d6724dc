/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include <cjson/cJSON.h>

#include "select/queries_rule.h"
#include "util/json.h"

#define WHERE_MAX 256
#define DEPTH_MAX 64U /* maximum nesting of the JSON */

struct reader {
	struct queries *q;
	const char *path;
	unsigned n; /* number of queries so far */
};

static enum rc
add_queries(struct reader *r, const cJSON *list, struct err *e)
{
	char where[WHERE_MAX];
	enum rc rc = RC_OK;
	const cJSON *item;

	if (!cJSON_IsArray(list))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%.200s: xPathQueries is not a list", r->path);
	cJSON_ArrayForEach(item, list)
	{
		const char *const text = cJSON_GetStringValue(item);
		(void)snprintf(where, sizeof(where),
		    "%.180s: query %u of xPathQueries", r->path, ++r->n);
		if (text == NULL)
			return err_set(e, RC_FATAL, WHY_USAGE,
			    "%s is not a string", where);
		/* An expression cannot be evaluated: the template does not
		 * contain the values of its parameters. */
		if (text[0] == '[')
			return err_set(e, RC_FATAL, WHY_USAGE,
			    "%s is an expression of a template: use the rule "
			    "as it is deployed (az monitor data-collection "
			    "rule show)",
			    where);
		rc = queries_add(r->q, where, span_str(text), e);
		if (rc != RC_OK)
			break;
	}
	return rc;
}

static enum rc
walk(struct reader *r, const cJSON *value, unsigned depth, struct err *e)
{
	enum rc rc = RC_OK;
	const cJSON *item;

	if (depth == DEPTH_MAX)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%.200s: the JSON is nested too deeply", r->path);
	cJSON_ArrayForEach(item, value)
	{
		if (rc != RC_OK)
			break;
		const char *const name =
		    item->string != NULL ? item->string : "";
		const char *const text = cJSON_GetStringValue(item);
		/* The transformation "source" changes nothing. */
		if (strcmp(name, "transformKql") == 0 && text != NULL &&
		    !span_eq(span_trim(span_str(text)), SPAN("source")))
			r->q->transformed = r->path;
		if (strcmp(name, "xPathQueries") == 0)
			rc = add_queries(r, item, e);
		else if (cJSON_IsObject(item) || cJSON_IsArray(item))
			rc = walk(r, item, depth + 1, e);
	}
	return rc;
}

enum rc
queries_rule_add(struct queries *q, const char *path, struct err *e)
{
	struct reader r = { .q = q, .path = path };
	cJSON *root = NULL;
	struct buf text;

	buf_init(&text, 2 * QUERIES_FILE_MAX);
	enum rc rc = queries_read_file(path, &text, e);
	if (rc == RC_OK)
		rc = json_parse(buf_span(&text), path, &root, e);
	if (rc == RC_OK)
		rc = walk(&r, root, 0, e);
	if (rc == RC_OK && r.n == 0)
		rc = err_set(e, RC_FATAL, WHY_USAGE,
		    "%.200s: the file contains no xPathQueries", path);
	if (rc != RC_OK)
		e->why = WHY_USAGE;
	json_free(root);
	buf_reset(&text);
	return rc;
}
