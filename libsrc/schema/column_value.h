/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiles values to the form in which the connector writes them into columns.
 *
 * Column text: a line end (CRLF) becomes one space; a GUID, also one in braces,
 * is written without braces in lower case; everything else is unchanged,
 * including trailing spaces and parameters such as %%1842. Integers have 32
 * bits. The rule for a value's type is chosen when the plan is compiled, the
 * rule for a text's content when the text is written.
 */
#ifndef SCHEMA_COLUMN_VALUE_H
#define SCHEMA_COLUMN_VALUE_H

#include "schema/plan.h"

/* Append a leaf as a JSON string, unchanged. */
void column_value_string(
    struct plan *p, const struct node *leaf, const struct tree *t);

/* Append a leaf as column text without the quotes. */
void column_value_text(
    struct plan *p, const struct node *leaf, const struct tree *t);

/* Append the content of an element as a JSON string of column text: the joined
 * leaves, or XML if there are elements. */
void column_value_content(
    struct plan *p, const struct node *kids, const struct tree *t);

/* Append a leaf as an integer of 32 bits. Larger unsigned numbers, such as
 * 0xc000006d, are written with the same bits; other values are null. */
void column_value_int(
    struct plan *p, const struct node *leaf, const struct tree *t);

/* Append a value as column text without the quotes. */
void column_value_put(struct buf *out, const struct value *v);

/* Functions for struct plan_check: true if JSON made from `units` UTF-16 units
 * is already column text; and the function that rewrites it to column text. */
bool column_value_is_clean(struct span json, size_t units);
void column_value_mend(struct buf *out, size_t start);

/* True for NULL, a null value, an empty value, or a text of NULs only. */
bool column_value_is_blank(const struct value *v);

#endif
