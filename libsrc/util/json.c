/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "util/json.h"
#include "util/text.h"

/* Maximum length of a string that is written, in bytes. The longest one is a
 * command line. */
#define TEXT_MAX ((size_t)4 << 20)

/* Whole numbers up to this one are exact in a double. */
#define EXACT_MAX 9007199254740992.0

/* The largest whole number of which cJSON writes all digits. */
#define WRITTEN_MAX UINT64_C(999999999999999)

/* Marks an incomplete object or array. The mark is in `valueint`, which cJSON
 * does not use for objects and arrays but copies with them. */
#define MISSES 1

enum rc
json_parse(
    struct span text, const char *what, struct cJSON **root, struct err *e)
{
	const char *end = NULL;

	/* cJSON does not report why it failed. If memory is exhausted,
	 * malloc(3) has set errno. */
	errno = 0;
	*root =
	    cJSON_ParseWithLengthOpts((const char *)text.p, text.n, &end, 0);
	if (*root == NULL && errno == ENOMEM)
		return err_nomem(e);
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
		    "%s has more data after its JSON value, at byte %zu", what,
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

bool
json_is_true(const struct cJSON *value)
{
	return cJSON_IsTrue(value);
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

/* Append a value that is neither an object nor an array. False if it is a
 * number but not an exact integer. */
static bool
put_scalar(struct buf *b, const struct cJSON *value)
{
	const double d = cJSON_GetNumberValue(value);

	if (cJSON_IsString(value)) {
		json_put(b, span_str(value->valuestring));
	} else if (cJSON_IsBool(value)) {
		buf_str(b, cJSON_IsTrue(value) ? "true" : "false");
	} else if (cJSON_IsNull(value)) {
		buf_str(b, "null");
	} else if (cJSON_IsRaw(value)) {
		buf_str(b, value->valuestring);
	} else if (fabs(d) <= EXACT_MAX && floor(d) == d) {
		if (d < 0)
			buf_byte(b, '-');
		buf_u64(b, (uint64_t)fabs(d));
	} else {
		return false;
	}
	return true;
}

/* Append a value. cJSON_PrintUnformatted() takes several times as long, because
 * it prints each number as text of a double and reads it again. */
static bool
put_value(struct buf *b, const struct cJSON *value)
{
	const bool object = cJSON_IsObject(value);
	bool ok = true;

	if (!object && !cJSON_IsArray(value)) {
		if (put_scalar(b, value))
			return true;
		char *const text = cJSON_PrintUnformatted(value);
		if (text != NULL)
			buf_str(b, text);
		cJSON_free(text);
		return text != NULL;
	}
	buf_byte(b, object ? '{' : '[');
	for (const struct cJSON *v = value->child; ok && v != NULL;
	     v = v->next) {
		if (v != value->child)
			buf_byte(b, ',');
		if (object) {
			json_put(b, span_str(v->string));
			buf_byte(b, ':');
		}
		ok = put_value(b, v);
	}
	buf_byte(b, object ? '}' : ']');
	return ok;
}

enum rc
json_write(struct buf *b, const struct cJSON *value, struct err *e)
{
	if (!json_whole(value) || !put_value(b, value))
		return err_nomem(e);
	return b->full ? buf_fail(b, "a JSON text", e) : RC_OK;
}

/* The rank of a UTF-8 byte in the order of RFC 8785, which compares names by
 * their UTF-16 units. Characters above U+FFFF (first byte 0xf0 or above) are
 * surrogates in UTF-16 and sort before U+E000 (first byte 0xee). */
static int
weight(uint8_t c)
{
	return c >= 0xf0 ? 2 * 0xed + 1 : 2 * c;
}

static int
compare_names(const void *a, const void *b)
{
	const struct cJSON *const *const one = a;
	const struct cJSON *const *const other = b;
	const uint8_t *p = (const uint8_t *)(*one)->string;
	const uint8_t *q = (const uint8_t *)(*other)->string;

	while (*p != '\0' && *p == *q) {
		p++;
		q++;
	}
	const int by_weight = weight(*p) - weight(*q);
	return by_weight != 0 ? by_weight : *p - *q;
}

static enum rc canonical(struct buf *b, const struct cJSON *value,
    const char *without, struct err *e);

static enum rc
canonical_object(struct buf *b, const struct cJSON *object, const char *without,
    struct err *e)
{
	const size_t n = (size_t)cJSON_GetArraySize(object);
	const struct cJSON **const sorted = calloc(n + 1, sizeof(*sorted));
	enum rc rc = RC_OK;
	size_t k = 0;

	if (sorted == NULL)
		return err_nomem(e);
	for (const struct cJSON *v = object->child; v != NULL; v = v->next) {
		if (without == NULL || strcmp(v->string, without) != 0)
			sorted[k++] = v;
	}
	qsort(sorted, k, sizeof(*sorted), compare_names);
	buf_byte(b, '{');
	for (size_t i = 0; rc == RC_OK && i < k; i++) {
		if (i != 0)
			buf_byte(b, ',');
		json_put(b, span_str(sorted[i]->string));
		buf_byte(b, ':');
		rc = canonical(b, sorted[i], NULL, e);
	}
	buf_byte(b, '}');
	free(sorted);
	return rc;
}

static enum rc
canonical(struct buf *b, const struct cJSON *value, const char *without,
    struct err *e)
{
	if (cJSON_IsObject(value))
		return canonical_object(b, value, without, e);
	if (cJSON_IsArray(value)) {
		buf_byte(b, '[');
		for (const struct cJSON *v = value->child; v != NULL;
		     v = v->next) {
			if (v != value->child)
				buf_byte(b, ',');
			if (canonical(b, v, NULL, e) != RC_OK)
				return e->rc;
		}
		buf_byte(b, ']');
	} else if (!put_scalar(b, value)) {
		return err_set(
		    e, RC_FATAL, WHY_CORRUPT, "a number is not an integer");
	}
	return b->full ? buf_fail(b, "a JSON text", e) : RC_OK;
}

enum rc
json_canonical(struct buf *b, const struct cJSON *value, const char *without,
    struct err *e)
{
	return json_whole(value) ? canonical(b, value, without, e)
				 : err_nomem(e);
}

/* --- building ------------------------------------------------------------- */

bool
json_whole(const struct cJSON *value)
{
	if (value == NULL)
		return false;
	if (!cJSON_IsObject(value) && !cJSON_IsArray(value))
		return true;
	if (value->valueint == MISSES)
		return false;
	for (const struct cJSON *v = value->child; v != NULL; v = v->next) {
		if (!json_whole(v))
			return false;
	}
	return true;
}

struct cJSON *
json_object(void)
{
	return cJSON_CreateObject();
}

struct cJSON *
json_array(void)
{
	return cJSON_CreateArray();
}

struct cJSON *
json_copy(const struct cJSON *value)
{
	return cJSON_Duplicate(value, true);
}

/* Add a value to the object or array `above`. On failure, free the value, mark
 * `above` as incomplete and return false. */
static bool
adopted(struct cJSON *above, const char *name, struct cJSON *value)
{
	const bool ok =
	    value != NULL &&
	    (name == NULL ? cJSON_AddItemToArray(above, value)
			  : cJSON_AddItemToObject(above, name, value));

	if (ok)
		return true;
	json_free(value);
	if (above != NULL)
		above->valueint = MISSES;
	return false;
}

void
json_add(struct cJSON *object, const char *name, struct cJSON *value)
{
	(void)adopted(object, name, value);
}

struct cJSON *
json_add_object(struct cJSON *object, const char *name)
{
	struct cJSON *const value = json_object();

	return adopted(object, name, value) ? value : NULL;
}

struct cJSON *
json_add_array(struct cJSON *object, const char *name)
{
	struct cJSON *const value = json_array();

	return adopted(object, name, value) ? value : NULL;
}

void
json_push(struct cJSON *array, struct cJSON *value)
{
	(void)adopted(array, NULL, value);
}

struct cJSON *
json_push_object(struct cJSON *array)
{
	struct cJSON *const value = json_object();

	return adopted(array, NULL, value) ? value : NULL;
}

/* Create a string value; NULL if memory is exhausted. */
static struct cJSON *
text_value(const char *text)
{
	struct cJSON *value = NULL;
	struct buf clean;

	buf_init(&clean, TEXT_MAX);
	text_utf8_utf8(&clean, span_str(text));
	buf_byte(&clean, '\0');
	if (!clean.full)
		value = cJSON_CreateString((const char *)clean.p);
	buf_reset(&clean);
	return value;
}

void
json_add_text(struct cJSON *object, const char *name, const char *text)
{
	json_add(object, name, text_value(text));
}

void
json_push_text(struct cJSON *array, const char *text)
{
	json_push(array, text_value(text));
}

void
json_add_number(struct cJSON *object, const char *name, double n)
{
	json_add(object, name, cJSON_CreateNumber(n));
}

static struct cJSON *
count_value(uint64_t n)
{
	char digits[24];

	if (n <= WRITTEN_MAX || n > (uint64_t)EXACT_MAX)
		return cJSON_CreateNumber((double)n);
	(void)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
	return cJSON_CreateRaw(digits);
}

void
json_add_count(struct cJSON *object, const char *name, uint64_t n)
{
	json_add(object, name, count_value(n));
}

void
json_push_count(struct cJSON *array, uint64_t n)
{
	json_push(array, count_value(n));
}

void
json_add_written(struct cJSON *object, const char *name, struct span json)
{
	char *const text = strndup((const char *)json.p, json.n);

	json_add(object, name, text == NULL ? NULL : cJSON_CreateRaw(text));
	free(text);
}

void
json_add_bool(struct cJSON *object, const char *name, bool is)
{
	json_add(object, name, cJSON_CreateBool(is));
}

void
json_add_null(struct cJSON *object, const char *name)
{
	json_add(object, name, cJSON_CreateNull());
}

void
json_put(struct buf *b, struct span s)
{
	buf_byte(b, '"');
	text_utf8_json(b, s);
	buf_byte(b, '"');
}
