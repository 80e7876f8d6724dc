/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Joins alternatives into one expression. "A node with P exists, or a node with
 * Q exists" means "a node with P or Q exists", whatever P and Q are, unless one
 * of them tests the position. So an event set of a hundred queries becomes one
 * path and one sorted list of numbers. The original expressions are not
 * changed.
 */
#ifndef SELECT_XPATH_JOIN_H
#define SELECT_XPATH_JOIN_H

#include "select/xpath.h"

/* Make an empty list of alternatives; NULL if memory is exhausted. */
struct xpath_expr *xpath_join_list(struct arena *a);

/* Add an alternative to a list from xpath_join_list(): tests of the same path
 * for different numbers become one test of several numbers, and paths with the
 * same beginning become one path. False if memory is exhausted. */
bool xpath_join(
    struct xpath_expr *list, const struct xpath_expr *add, struct arena *a);

#endif
