/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON for configuration, manifests, tokens and error bodies; not for records.
 * A thin layer over cJSON: strict parsing with limits, and getters that report
 * which member is missing.
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

struct cJSON; /* declared in cjson/cJSON.h */

/* Parse a JSON text. Only blanks may follow it. `what` names the text in
 * messages. */
enum rc json_parse(
    struct span text, const char *what, struct cJSON **root, struct err *e);

/* Free a document; takes NULL. */
void json_free(struct cJSON *root);

/* Get a member of an object. If it is absent or has another type, json_get()
 * and json_text() return NULL; json_need_*() report WHY_CORRUPT with the name
 * of the member. */
struct cJSON *json_get(const struct cJSON *object, const char *name);
const char *json_text(const struct cJSON *object, const char *name);
enum rc json_need_text(const struct cJSON *object, const char *name,
    const char **out, struct err *e);
enum rc json_need_u64(
    const struct cJSON *object, const char *name, uint64_t *out, struct err *e);

/* Iterate over an array or object. The result is NULL after the last member,
 * and if `value` is neither. json_name() is NULL for members of an array. */
struct cJSON *json_first(const struct cJSON *value);
struct cJSON *json_next(const struct cJSON *value);
const char *json_name(const struct cJSON *value);
bool json_is_object(const struct cJSON *value);
bool json_is_true(const struct cJSON *value);

/* The value of a setting as text: the value of a string, or a number, which is
 * written to `room`. NULL for other values. */
const char *json_setting(const struct cJSON *value, char room[32]);

/* Build a value. If a member cannot be allocated, its object or array is marked
 * as incomplete: callers need no checks before json_whole(), and incomplete
 * values are not written. A NULL parent is allowed and ignored. Invalid UTF-8
 * in texts becomes U+FFFD. */
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

/* Add a value that is given as JSON text. */
void json_add_written(struct cJSON *object, const char *name, struct span json);

/* Add a value that was built before. The parent takes ownership; if the value
 * cannot be added, it is freed. NULL marks the parent as incomplete. */
void json_add(struct cJSON *object, const char *name, struct cJSON *value);
void json_push(struct cJSON *array, struct cJSON *value);

/* A deep copy; NULL if memory is exhausted. */
struct cJSON *json_copy(const struct cJSON *value);

/* True if no part of the value is missing for lack of memory. */
bool json_whole(const struct cJSON *value);

/* Append a value as compact JSON. The layout of the text from which the value
 * was read makes no difference. WHY_MEMORY: the value is incomplete. */
enum rc json_write(struct buf *b, const struct cJSON *value, struct err *e);

/* Append a value in canonical form (RFC 8785): members sorted by name, no
 * blanks, one spelling of each string and number. If `without` is not NULL, the
 * member of the top object with that name is left out. WHY_CORRUPT: a number is
 * not whole or not exact in a double. WHY_MEMORY: the value is incomplete. */
enum rc json_canonical(struct buf *b, const struct cJSON *value,
    const char *without, struct err *e);

/* Append s as an escaped JSON string with quotes. Invalid UTF-8 becomes U+FFFD.
 */
void json_put(struct buf *b, struct span s);

#endif
