/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Variants: a template with a table of value types.
 *
 * A word says of a value all that a tree may depend on: its type, its size
 * where the type has one, and whether it is empty. Instances of a template
 * whose values have the same words are of the same variant. A variant is
 * learned from one instance; for those that follow, finding it is comparing
 * their descriptors with its bounds.
 */
#ifndef EVTX_VALUE_LAYOUT_H
#define EVTX_VALUE_LAYOUT_H

#include "evtx/templates.h"
#include "util/cursor.h"

#define VALUE_LAYOUT_MAX 64U /* of a template */

struct cached_tree;

struct value_layout {
	struct value_layout *next;
	struct cached_tree *shapes; /* that end with this variant: the innermost
				     * instance differs most */
	struct cached_tree *system_only; /* see shape.h; NULL: not learned */
	uint32_t n;                      /* values */
	uint32_t n_strings;
	uint32_t n_nested;
	uint32_t *words;
	/* The descriptors that a value may have: size and type as they are
	 * stored, see util/bounds.h. */
	uint32_t *low;
	uint32_t *more;
	uint16_t *strings; /* which values are strings that say something */
	uint16_t *nested;  /* which are Binary XML that is not empty */
};

/* Read the table of n descriptors at the cursor and the values behind it;
 * false if they do not fit. A string of nothing but NULs, as raw copies of logs
 * have it for an empty one, becomes empty. */
bool value_layout_parse(
    struct cursor *at, uint32_t n, struct value *values, uint32_t *words);

/* The same for an instance of a template: *at stands at its table of n
 * descriptors. NULL if it is of no variant that is known, or does not fit;
 * words is for value_layout_parse(), in case it is needed. */
struct value_layout *value_layout_match(struct template *t, struct cursor *at,
    uint32_t n, struct value *values, uint32_t *words);

/* The variant of these words, learned if it is new; free() it when the template
 * is forgotten. NULL without memory, or if the template has too many. The bytes
 * that it takes are added to *bytes. */
struct value_layout *value_layout_add(
    struct template *t, const uint32_t *words, uint32_t n, size_t *bytes);

#endif
