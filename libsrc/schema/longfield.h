/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that are too long for a column. Log Analytics keeps 64 KB of a value
 * and drops the rest without a word (azure-monitor-limits-custom-logs.md); so
 * they are cut here, where it can be seen and counted.
 *
 * Split: what is behind the first 64 KB stands in Field_2_CF, Field_3_CF...,
 * as far as the table has these columns. Whatever is left out, and all of it
 * when truncating, is named in Truncated_CF: "Field Field", in order.
 */
#ifndef SCHEMA_LONGFIELD_H
#define SCHEMA_LONGFIELD_H

#include "util/buf.h"
#include "util/column.h"

#define LONGFIELD_MAX 65536U /* bytes of a value as UTF-8, not escaped */

/* Cut the texts of the object that stands in b from `start` to its end; its
 * members must be whole. Returns how many were too long. */
unsigned longfield_cut(
    struct buf *b, size_t start, const struct table *t, bool split);

#endif
