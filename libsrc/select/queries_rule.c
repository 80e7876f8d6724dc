/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The xPathQueries of a data collection rule, wherever its JSON has them: a
 * template's resources have them below properties.dataSources.windowsEventLogs,
 * `az monitor data-collection rule show` below dataSources.windowsEventLogs.
 */
#include <stdio.h>

#include <cjson/cJSON.h>

#include "select/queries.h"
#include "util/json.h"

#define WHERE_MAX 256
#define DEPTH_MAX 64U /* of the JSON */

struct reader {
	struct queries *q;
	const char *path;
	unsigned n; /* queries so far */
};

static enum rc
add_query(struct reader *r, const cJSON *item, struct err *e)
{
	char where[WHERE_MAX];
	const char *const text = cJSON_GetStringValue(item);

	(void)snprintf(where, sizeof(where), "%.180s: query %u of xPathQueries",
	    r->path, ++r->n);
	if (text == NULL)
		return err_set(
		    e, RC_FATAL, WHY_USAGE, "%s is not a text", where);
	/* What a template's parameters are is not said in the template. */
	if (text[0] == '[')
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s is an expression of a template: give the rule as it "
		    "is deployed (az monitor data-collection rule show)",
		    where);
	return queries_add(r->q, where, span_str(text), e);
}

static enum rc
add_array(struct reader *r, const cJSON *array, struct err *e)
{
	enum rc rc = RC_OK;
	const cJSON *item;

	if (!cJSON_IsArray(array))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%.200s: xPathQueries is no list", r->path);
	cJSON_ArrayForEach(item, array)
	{
		if (rc == RC_OK)
			rc = add_query(r, item, e);
	}
	return rc;
}

/* A transformation other than the one that changes nothing. */
static bool
transforms(const cJSON *item)
{
	const char *const text = strcmp(item->string, "transformKql") == 0
				     ? cJSON_GetStringValue(item)
				     : NULL;

	return text != NULL &&
	       !span_eq(span_trim(span_str(text)), SPAN("source"));
}

static enum rc
walk(struct reader *r, const cJSON *value, unsigned depth, struct err *e)
{
	enum rc rc = RC_OK;
	const cJSON *item;

	if (depth == DEPTH_MAX)
		return err_set(
		    e, RC_FATAL, WHY_USAGE, "%.200s: nested too deep", r->path);
	cJSON_ArrayForEach(item, value)
	{
		if (rc != RC_OK)
			break;
		if (item->string != NULL && transforms(item))
			r->q->transformed = r->path;
		if (item->string != NULL &&
		    strcmp(item->string, "xPathQueries") == 0)
			rc = add_array(r, item, e);
		else if (cJSON_IsObject(item) || cJSON_IsArray(item))
			rc = walk(r, item, depth + 1, e);
	}
	return rc;
}

enum rc
queries_add_rule(struct queries *q, const char *path, struct err *e)
{
	struct reader r = { .q = q, .path = path };
	cJSON *root = NULL;
	struct buf text;

	buf_init(&text, 2 * QUERIES_FILE_MAX);
	enum rc rc = queries_slurp(path, &text, e);
	if (rc == RC_OK)
		rc = json_parse(buf_span(&text), path, &root, e);
	if (rc == RC_OK)
		rc = walk(&r, root, 0, e);
	if (rc == RC_OK && r.n == 0)
		rc = err_set(e, RC_FATAL, WHY_USAGE,
		    "%.200s: there are no xPathQueries in it", path);
	if (rc != RC_OK)
		e->why = WHY_USAGE;
	json_free(root);
	buf_reset(&text);
	return rc;
}
