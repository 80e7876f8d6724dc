/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "util/json.h"
#include "util/text.h"

/* The longest text that is written: a command line of the longest sort. */
#define TEXT_MAX ((size_t)4 << 20)

/* Whole numbers up to here are exact in a double. */
#define EXACT_MAX 9007199254740992.0

enum rc
json_parse(
    struct span text, const char *what, struct cJSON **root, struct err *e)
{
	const char *end = NULL;

	*root =
	    cJSON_ParseWithLengthOpts((const char *)text.p, text.n, &end, 0);
	if (*root == NULL) {
		const size_t at =
		    end == NULL ? 0 : (size_t)(end - (const char *)text.p);
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "%s is not JSON: error at byte %zu", what, at);
	}
	for (const uint8_t *p = (const uint8_t *)end; p < text.p + text.n;
	     p++) {
		if (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')
			continue;
		json_free(*root);
		*root = NULL;
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "%s has something after its JSON at byte %zu", what,
		    (size_t)(p - text.p));
	}
	return RC_OK;
}

void
json_free(struct cJSON *root)
{
	cJSON_Delete(root);
}

struct cJSON *
json_get(const struct cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

const char *
json_text(const struct cJSON *object, const char *name)
{
	return cJSON_GetStringValue(json_get(object, name));
}

enum rc
json_need_text(const struct cJSON *object, const char *name, const char **out,
    struct err *e)
{
	*out = json_text(object, name);
	if (*out == NULL)
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "member \"%s\" is missing or not a string", name);
	return RC_OK;
}

enum rc
json_need_u64(
    const struct cJSON *object, const char *name, uint64_t *out, struct err *e)
{
	const struct cJSON *const v = json_get(object, name);
	const double d = cJSON_GetNumberValue(v);

	if (!cJSON_IsNumber(v) || d < 0 || d > EXACT_MAX || floor(d) != d)
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "member \"%s\" is missing or not a whole number", name);
	*out = (uint64_t)d;
	return RC_OK;
}

struct cJSON *
json_first(const struct cJSON *value)
{
	return value != NULL ? value->child : NULL;
}

struct cJSON *
json_next(const struct cJSON *value)
{
	return value->next;
}

const char *
json_name(const struct cJSON *value)
{
	return value->string;
}

bool
json_is_object(const struct cJSON *value)
{
	return cJSON_IsObject(value) != 0;
}

const char *
json_setting(const struct cJSON *value, char room[32])
{
	if (cJSON_IsString(value))
		return value->valuestring;
	if (!cJSON_IsNumber(value))
		return NULL;
	(void)snprintf(room, 32, "%.15g", value->valuedouble);
	return room;
}

enum rc
json_write(struct buf *b, const struct cJSON *value, struct err *e)
{
	char *const text = cJSON_PrintUnformatted(value);

	if (text == NULL)
		return err_nomem(e);
	buf_str(b, text);
	cJSON_free(text);
	return b->full ? err_nomem(e) : RC_OK;
}

bool
json_add_text(struct cJSON *object, const char *name, const char *text)
{
	struct buf clean;

	buf_init(&clean, TEXT_MAX);
	text_utf8_utf8(&clean, span_str(text));
	buf_byte(&clean, '\0');
	const bool ok = !clean.full && cJSON_AddStringToObject(object, name,
					   (const char *)clean.p) != NULL;
	buf_reset(&clean);
	return ok;
}

void
json_put(struct buf *b, struct span s)
{
	buf_byte(b, '"');
	text_utf8_json(b, s);
	buf_byte(b, '"');
}
