/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The members of a row, which is one JSON object in one line, without a tree:
 * each call gives the next one. The text may be hostile: it is read once, with
 * two bits for each level of nesting, and JSON_LINE_DEPTH levels are the limit.
 *
 * RFC 8259 to the letter, but for UTF-8: bytes from 0x80 on are kept as they
 * are. A text that holds U+0000 has it as the six characters \u0000, because
 * SQLite's own functions end a text there; a lone surrogate becomes U+FFFD.
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
	JSON_MEMBER_NUMBER, /* as it is written */
	JSON_MEMBER_TEXT,   /* without quotes and escapes */
	JSON_MEMBER_NESTED, /* an array or object, without blanks */
};

struct json_member {
	struct span name;
	struct span value; /* of the literals: as they are written */
	enum json_member_kind kind;
};

struct json_line {
	const uint8_t *p;
	const uint8_t *end;
	struct buf *room; /* what a member has that the line has not */
	bool begun;
};

/* Begin with a line without its LF. The spans of its members stay until the
 * line or the room is used again. Without memory: RC_FATAL. */
enum rc json_line_begin(
    struct json_line *m, struct span line, struct buf *room, struct err *e);

/* RC_OK, RC_END behind the last one, or RC_SKIP: the line is no JSON object. */
enum rc json_line_next(struct json_line *m, struct json_member *out);

/* Whether the rest of the line holds. */
bool json_line_is_valid(const struct json_line *m);

#endif
