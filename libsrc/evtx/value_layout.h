/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Value layouts: the kinds of the values in a template instance.
 *
 * An instance has an array of substitution values: a table of descriptors (size
 * and type of each value, 4 bytes) and the values ([MS-EVEN6] 2.2.12:
 * TemplateInstanceData; libyal: "Template instance", "Value descriptor"). The
 * kind of a value is a word that holds all that a tree may depend on: its type,
 * its size if values of the type have one of a few sizes, and whether it is
 * empty. Instances of a template whose values have the same kinds have the same
 * layout. A layout is made from one instance; the next ones are matched by
 * comparing their descriptors with the bounds of the layout.
 */
#ifndef EVTX_VALUE_LAYOUT_H
#define EVTX_VALUE_LAYOUT_H

#include "evtx/templates.h"
#include "util/cursor.h"

#define VALUE_LAYOUT_MAX 64U /* maximum number of layouts of a template */

struct cached_tree;

struct value_layout {
	struct value_layout *next;
	/* The cached trees whose last template instance has this layout, and
	 * the system-only tree of this layout; see tree_cache.h. */
	struct cached_tree *trees;
	struct cached_tree *system_only;
	uint32_t n; /* number of values */
	uint32_t n_strings;
	uint32_t n_nested;
	uint32_t *kinds;
	/* The bounds of each value's descriptor, in the form of util/bounds.h.
	 */
	uint32_t *low;
	uint32_t *more;
	/* Indexes of the strings whose values are not empty. */
	uint16_t *strings;
	/* Indexes of the Binary XML values that are not empty. */
	uint16_t *nested;
};

/* Read n descriptors at the cursor and the values after them; false if they do
 * not fit. A string of NULs alone, which raw copies of logs have for an empty
 * string, is read as empty. */
bool value_layout_parse(
    struct cursor *at, uint32_t n, struct value *values, uint32_t *kinds);

/* Like value_layout_parse(), for an instance of template t: returns the layout
 * of the values. NULL if the template has no such layout yet, or the values do
 * not fit. `kinds` has room for n. */
struct value_layout *value_layout_match(const struct template *t,
    struct cursor *at, uint32_t n, struct value *values, uint32_t *kinds);

/* Find or make the layout with these kinds. NULL if memory is exhausted or the
 * template has too many layouts. The bytes of a new layout are added to *bytes;
 * the caller frees it with free() before the template is forgotten. */
struct value_layout *value_layout_add(
    struct template *t, const uint32_t *kinds, uint32_t n, size_t *bytes);

#endif
