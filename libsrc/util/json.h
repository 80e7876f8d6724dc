/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON for configuration, manifests, tokens and error bodies; never for
 * records. A thin layer over cJSON: strict reading with limits, and getters
 * that say what is missing instead of returning NULL.
 *
 * Values belong to the document they were read from; free the root only.
 */
#ifndef UTIL_JSON_H
#define UTIL_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"
#include "util/span.h"

struct cJSON; /* cjson/cJSON.h */

/* Parse one JSON text and nothing after it. `what` names it in messages. */
enum rc json_parse(
    struct span text, const char *what, struct cJSON **root, struct err *e);

/* Free a document; takes NULL. */
void json_free(struct cJSON *root);

/* Members: NULL, fallback, or RC_FATAL with WHY_CORRUPT and the name. */
struct cJSON *json_get(const struct cJSON *object, const char *name);
const char *json_text(const struct cJSON *object, const char *name);
enum rc json_need_text(const struct cJSON *object, const char *name,
    const char **out, struct err *e);
enum rc json_need_u64(
    const struct cJSON *object, const char *name, uint64_t *out, struct err *e);

/* The members of an array or object, one after the other: NULL after the last
 * and for anything else. The name of a member of an object, or NULL. */
struct cJSON *json_first(const struct cJSON *value);
struct cJSON *json_next(const struct cJSON *value);
const char *json_name(const struct cJSON *value);
bool json_is_object(const struct cJSON *value);
bool json_is_true(const struct cJSON *value);

/* A text, or a whole number as text written to room: how a setting is read.
 * NULL for anything else. */
const char *json_setting(const struct cJSON *value, char room[32]);

/* Making a value. A member that finds no memory is missing, and the object or
 * array above it remembers that: nothing needs to be looked at before
 * json_whole(), and what is not whole is not written. All of these take NULL
 * for a value above that could not be made. What is not UTF-8 in a text becomes
 * U+FFFD. */
struct cJSON *json_object(void);
struct cJSON *json_array(void);
struct cJSON *json_add_object(struct cJSON *object, const char *name);
struct cJSON *json_add_array(struct cJSON *object, const char *name);
struct cJSON *json_push_object(struct cJSON *array);
void json_add_text(struct cJSON *object, const char *name, const char *text);
void json_add_count(struct cJSON *object, const char *name, uint64_t n);
void json_add_number(struct cJSON *object, const char *name, double n);
void json_add_bool(struct cJSON *object, const char *name, bool is);
void json_add_null(struct cJSON *object, const char *name);
void json_push_text(struct cJSON *array, const char *text);
void json_push_count(struct cJSON *array, uint64_t n);

/* A value that is JSON already, which is written as it stands. */
void json_add_written(struct cJSON *object, const char *name, struct span json);

/* The same with a value that was made before, which is owned by the one above
 * from now on, or gone. NULL: it could not be made. */
void json_add(struct cJSON *object, const char *name, struct cJSON *value);
void json_push(struct cJSON *array, struct cJSON *value);

/* A value of the same content; NULL without memory. */
struct cJSON *json_copy(const struct cJSON *value);

/* Whether all that was added to the value is in it. */
bool json_whole(const struct cJSON *value);

/* Append a value as compact JSON: equal values give equal text, however the
 * text that they were read from was laid out. One that is not whole is without
 * memory, here and below. */
enum rc json_write(struct buf *b, const struct cJSON *value, struct err *e);

/* Append a value in canonical form (RFC 8785): members sorted by name, no
 * blanks, one way to write a text or a number. Of an object at the top the
 * member `without` is left out, if that is not NULL. All numbers must be
 * whole and exact: RC_FATAL with WHY_CORRUPT. */
enum rc json_canonical(struct buf *b, const struct cJSON *value,
    const char *without, struct err *e);

/* Append s as a JSON string with quotes, escaped; s is UTF-8, and what is not
 * becomes U+FFFD. */
void json_put(struct buf *b, struct span s);

#endif
