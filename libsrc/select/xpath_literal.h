/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Literals of queries. What a literal can be compared as (number, time, GUID,
 * UTF-16 text) is worked out once, when the query is parsed.
 */
#ifndef SELECT_XPATH_LITERAL_H
#define SELECT_XPATH_LITERAL_H

#include "select/xpath.h"

/* Make a literal from a number, or from the text between quotes. RC_FATAL with
 * WHY_USAGE for a text that is not UTF-8, or without room in the arena. */
enum rc xpath_literal_number(
    struct xpath_literal *l, uint64_t number, struct arena *a, struct err *e);
enum rc xpath_literal_text(
    struct xpath_literal *l, struct span text, struct arena *a, struct err *e);

/* Add one more number, any of which may be equal. False without memory. */
bool xpath_literal_add_number(
    struct xpath_literal *l, uint64_t number, struct arena *a);

#endif
