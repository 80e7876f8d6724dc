/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the members of a JSON object in one line, one after the other, without
 * building a tree. The line may be hostile: it is read once, and nesting is
 * limited to JSON_LINE_DEPTH levels.
 *
 * The syntax is exactly that of RFC 8259, except that bytes from 0x80 on are
 * not checked to be UTF-8. In a text, U+0000 stays the six characters \u0000,
 * because SQL functions end a text at a NUL; a lone surrogate becomes U+FFFD.
 */
#ifndef SINK_JSON_LINE_H
#define SINK_JSON_LINE_H

#include "util/buf.h"
#include "util/err.h"
#include "util/span.h"

#define JSON_LINE_DEPTH 1000U

enum json_member_kind {
	JSON_MEMBER_NULL,
	JSON_MEMBER_TRUE,
	JSON_MEMBER_FALSE,
	JSON_MEMBER_NUMBER, /* a number, as it is written */
	JSON_MEMBER_TEXT, /* a string; its text is without quotes and escapes */
	JSON_MEMBER_NESTED, /* an array or object, without blanks */
};

struct json_member {
	struct span name;
	struct span value;
	enum json_member_kind kind;
};

struct json_line {
	const uint8_t *p;
	const uint8_t *end;
	/* Holds names and values that are not spans of the line itself, because
	 * escapes were decoded or blanks removed. */
	struct buf *room;
	bool begun;
};

/* Begin to read a line without its LF. Spans of members are valid until the
 * line changes or the room is used again. RC_FATAL if memory is exhausted. */
enum rc json_line_begin(
    struct json_line *m, struct span line, struct buf *room, struct err *e);

/* Read the next member. RC_END: there are no more; RC_SKIP: the line is not a
 * JSON object. */
enum rc json_line_next(struct json_line *m, struct json_member *out);

/* True if the rest of the line is valid. */
bool json_line_is_valid(const struct json_line *m);

#endif
