/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the literals of queries. A literal is converted to all types with which
 * it can be compared (number, time, GUID, UTF-16 text) once, when the query is
 * parsed.
 */
#ifndef SELECT_XPATH_LITERAL_H
#define SELECT_XPATH_LITERAL_H

#include "select/xpath.h"

/* Make a literal from a number, or from the text between quotes. RC_FATAL with
 * WHY_USAGE if the text is not UTF-8 or the arena is full. */
enum rc xpath_literal_number(
    struct xpath_literal *l, uint64_t number, struct arena *a, struct err *e);
enum rc xpath_literal_text(
    struct xpath_literal *l, struct span text, struct arena *a, struct err *e);

/* Add a number to a literal, of which one must be equal. False if the arena is
 * full. */
bool xpath_literal_add_number(
    struct xpath_literal *l, uint64_t number, struct arena *a);

#endif
