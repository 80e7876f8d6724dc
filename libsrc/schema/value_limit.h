/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that are too long for a column. Log Analytics keeps 64 KB of a value
 * and drops the rest without a word (azure-monitor-limits-custom-logs.md); so
 * they are cut here, where it can be seen and counted. A text counts as it is
 * stored, an object as its JSON.
 *
 * In rows, split: what is behind the first 64 KB stands in Field_2_CF,
 * Field_3_CF..., as far as the table has these columns. Of an object (EventData
 * of WindowsEvent) every member stays, the long ones with their first part, and
 * goes on under the same name in the object of the next column. Whatever is
 * left out, and all of it when truncating, is named in Truncated_CF:
 * "Field EventData.Member", in order.
 *
 * Spill: the first part stays, the whole value goes to the caller, and
 * LongFields_CF names it: "Field=<SHA-256> EventData.Member=<SHA-256>".
 *
 * Documents (VALUE_LIMIT_DOCUMENT) have no maximum of their own: split leaves
 * them whole; otherwise texts of more than 64 KB are cut as above, wherever
 * they stand, and the names are paths.
 */
#ifndef SCHEMA_VALUE_LIMIT_H
#define SCHEMA_VALUE_LIMIT_H

#include "util/buf.h"
#include "util/column.h"
#include "util/digest.h"
#include "util/err.h"

#define VALUE_LIMIT_BYTES 65536U /* bytes */

enum value_limit_mode {
	VALUE_LIMIT_SPLIT,
	VALUE_LIMIT_TRUNCATE,
	VALUE_LIMIT_SPILL
};
enum value_limit_layout { VALUE_LIMIT_ROW, VALUE_LIMIT_DOCUMENT };

struct value_limit {
	const struct table *table; /* which columns there are */
	enum value_limit_mode way;
	enum value_limit_layout shape;
	struct buf *spilled; /* for value_limit_next_spilled() */
};

/* Cut the values of the object that stands in b from `start` to its end; its
 * members must be whole. *n is how many were too long. b->full afterwards: no
 * memory. Fails when no digest can be made. */
enum rc value_limit_apply(struct buf *b, size_t start,
    const struct value_limit *how, unsigned *n, struct err *e);

/* A whole value that was spilled: a text, or JSON of a list or an object. */
struct spilled_value {
	char sha256[DIGEST_HEX];
	struct span bytes;
};

/* Take the next one off what stands in `spilled`; false if there is none. */
bool value_limit_next_spilled(struct span *spilled, struct spilled_value *v);

#endif
