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
 * Documents (LONGFIELD_DOCUMENT) have no maximum of their own: split leaves
 * them whole; otherwise texts of more than 64 KB are cut as above, wherever
 * they stand, and the names are paths.
 */
#ifndef SCHEMA_LONGFIELD_H
#define SCHEMA_LONGFIELD_H

#include "util/buf.h"
#include "util/column.h"
#include "util/digest.h"
#include "util/err.h"

#define LONGFIELD_MAX 65536U /* bytes */

enum longfield_way { LONGFIELD_SPLIT, LONGFIELD_TRUNCATE, LONGFIELD_SPILL };
enum longfield_shape { LONGFIELD_ROW, LONGFIELD_DOCUMENT };

struct longfield {
	const struct table *table; /* which columns there are */
	enum longfield_way way;
	enum longfield_shape shape;
	struct buf *spilled; /* for longfield_next() */
};

/* Cut the values of the object that stands in b from `start` to its end; its
 * members must be whole. *n is how many were too long. b->full afterwards: no
 * memory. Fails when no digest can be made. */
enum rc longfield_cut(struct buf *b, size_t start, const struct longfield *how,
    unsigned *n, struct err *e);

/* A whole value that was spilled: a text, or JSON of a list or an object. */
struct longfield_value {
	char sha256[DIGEST_HEX];
	struct span bytes;
};

/* Take the next one off what stands in `spilled`; false if there is none. */
bool longfield_next(struct span *spilled, struct longfield_value *v);

#endif
