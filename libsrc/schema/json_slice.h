/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads and splits the JSON values of a line that was written by a plan, so it
 * is valid and has no white space between tokens. Values are split as they are,
 * without changing escapes.
 */
#ifndef SCHEMA_JSON_SLICE_H
#define SCHEMA_JSON_SLICE_H

#include "util/buf.h"

/* Returns a value without its quotes, braces or brackets. */
struct span json_slice_inside(struct span value);

/* A member of an object, or an item of a list, which has no name. */
struct json_slice_item {
	struct span name;  /* name without quotes; p is NULL: no name */
	struct span all;   /* whole item: name, colon and value */
	struct span value; /* value with its quotes or brackets */
};

/* Remove the first item from the inside of an object or a list; false at the
 * end. */
bool json_slice_next(struct span *inside, struct json_slice_item *item);

/* Returns the length of the longest prefix of a string, given without quotes,
 * whose unescaped text has at most `max` bytes. Characters are not split. */
size_t json_slice_prefix(struct span text, size_t max);

/* Split an item into two of the same name: append the first part, at most
 * `room` bytes of JSON, and the remaining part. Both values have the type of
 * the whole. Nothing is appended for a part that would be empty. */
void json_slice_split(const struct json_slice_item *item, size_t room,
    struct buf *first, struct buf *remaining);

/* Append a string with quotes; it is given without them. */
void json_slice_put(struct buf *out, struct span text);

/* Append the unescaped text of a string, given without quotes. */
void json_slice_unescape(struct buf *out, struct span text);

#endif
