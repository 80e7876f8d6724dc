/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cells: the values of a row as the connector writes them into columns.
 *
 * Text: a line end (CRLF) inside is one blank; a GUID, also one spelled in
 * braces, is bare and lower case; all else stays as it is, blanks at the end
 * and %%1842 too. Integers have 32 bits. Which of these a value needs is
 * decided when the plan is made; what a text holds, when it is written.
 */
#ifndef SCHEMA_COLUMN_VALUE_H
#define SCHEMA_COLUMN_VALUE_H

#include "schema/plan.h"

/* Append a leaf as a JSON string: as it is, or as a text cell. */
void column_value_string(
    struct plan *p, const struct node *leaf, const struct tree *t);
void column_value_text(
    struct plan *p, const struct node *leaf, const struct tree *t);

/* The same without the quotes. */
void column_value_text_part(
    struct plan *p, const struct node *leaf, const struct tree *t);

/* The content of an element as a text cell: one leaf or several. */
void column_value_content(
    struct plan *p, const struct node *kids, const struct tree *t);

/* A leaf as an integer of 32 bits: larger unsigned numbers (0xc000006d) are
 * the same bits. What is no number is null. */
void column_value_int(
    struct plan *p, const struct node *leaf, const struct tree *t);

/* Append what a text cell holds, without its quotes. */
void column_value_put(struct buf *out, const struct value *v);

/* For struct plan_check: whether a text that was written as it is, of so many
 * units, is what it is in a text cell, and how it becomes that. */
bool column_value_is_clean(struct span s, size_t units);
void column_value_mend(struct buf *out, size_t start);

/* Whether there is nothing in it: no value, null, or a text of NULs. */
bool column_value_is_blank(const struct value *v);

#endif
