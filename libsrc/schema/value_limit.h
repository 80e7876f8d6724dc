/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts values that are too long for a column. Log Analytics keeps 64 KB of a
 * value and silently drops the rest (azure-monitor-limits-custom-logs.md), so
 * long values are cut here, where it is visible and counted. The length of a
 * text is its length without escapes, the length of an object the length of its
 * JSON.
 *
 * Split, in rows: what exceeds the first 64 KB goes to Field_2_CF, Field_3_CF
 * and so on, if the table has these columns. Of an object (EventData of
 * WindowsEvent) every member stays, long ones with their first part, and
 * continues under the same name in the object of the next column. Values of
 * which a part is left out, and in the mode truncate all values that are cut,
 * are listed in Truncated_CF: "Field EventData.Member", in order.
 *
 * Spill: the first part stays, the whole value is handed to the caller and
 * listed in LongFields_CF: "Field=<SHA-256> EventData.Member=<SHA-256>".
 *
 * Documents (VALUE_LIMIT_DOCUMENT) have no limit of their own: split leaves
 * them whole. In the other modes, texts of more than 64 KB are cut as above at
 * any depth, and the names are paths.
 */
#ifndef SCHEMA_VALUE_LIMIT_H
#define SCHEMA_VALUE_LIMIT_H

#include "util/buf.h"
#include "util/column.h"
#include "util/digest.h"
#include "util/err.h"

#define VALUE_LIMIT_BYTES 65536U

enum value_limit_mode {
	VALUE_LIMIT_SPLIT,
	VALUE_LIMIT_TRUNCATE,
	VALUE_LIMIT_SPILL
};
enum value_limit_layout { VALUE_LIMIT_ROW, VALUE_LIMIT_DOCUMENT };

struct value_limit {
	const struct table *table; /* table with the columns that exist */
	enum value_limit_mode mode;
	enum value_limit_layout layout;
	/* Spilled values, for value_limit_next_spilled(). */
	struct buf *spilled;
};

/* Cut the values of the object in b from `start` to its end. *n becomes the
 * number of values that were too long. Sets b->full if memory is exhausted;
 * fails if a digest cannot be computed. */
enum rc value_limit_apply(struct buf *b, size_t start,
    const struct value_limit *limit, unsigned *n, struct err *e);

/* A whole value that was spilled: a text, or the JSON of a list or an object.
 */
struct spilled_value {
	char sha256[DIGEST_HEX];
	struct span bytes;
};

/* Remove the first value from the content of `spilled`; false at the end. */
bool value_limit_next_spilled(struct span *spilled, struct spilled_value *v);

#endif
