/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values in a line that was written: JSON, valid and without blanks. They are
 * taken apart and cut as they stand, escapes and all.
 */
#ifndef SCHEMA_JSON_SLICE_H
#define SCHEMA_JSON_SLICE_H

#include "util/buf.h"

/* The first value of s with its quotes or brackets. */
struct span json_slice_value(struct span s);

/* What is inside of quotes, braces or brackets. */
struct span json_slice_inside(struct span value);

/* A member of an object, or an element of a list, which has no name. Takes it
 * off what is inside of one; false behind the last. */
struct json_slice_item {
	struct span name;  /* without quotes; its pointer is NULL for none */
	struct span all;   /* the name, too */
	struct span value; /* with its quotes or brackets */
};

bool json_slice_next(struct span *inside, struct json_slice_item *item);

/* How many bytes of a text (no quotes) are the first `max` bytes of what it
 * stands for, cut between characters: all of them if it is not longer. */
size_t json_slice_prefix(struct span text, size_t max);

/* Append the first part of a value, `room` bytes of JSON at the most, and what
 * is left: both are texts, lists or objects as it is. Where nothing fits, or
 * nothing is left, that one stays as it was. */
void json_slice_split(
    struct span value, size_t room, struct buf *first, struct buf *left);

/* The same for an item, whose name goes with both parts. */
void json_slice_split_item(const struct json_slice_item *item, size_t room,
    struct buf *first, struct buf *left);

/* Append what a text (no quotes) stands for. */
void json_slice_unescape(struct buf *out, struct span text);

#endif
