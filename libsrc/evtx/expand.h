/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the Binary XML of a record to its tree and its values.
 *
 * Template instances are replaced by the template's nodes, substitutions are
 * numbered through: the values of the outer instance first, then those of each
 * nested instance in the order in which they stand among the values. What is
 * null is left out: an optional element, an attribute, a text.
 */
#ifndef EVTX_EXPAND_H
#define EVTX_EXPAND_H

#include "evtx/borrow.h"
#include "evtx/templates.h"

#define EXPAND_NESTED_MAX 16U /* instances inside of instances */
#define EXPAND_PARTS_MAX 8U   /* instances of a record with a shape */
#define EXPAND_VALUES_MAX 65536U
#define EXPAND_BORROWED_MAX 8U /* templates of a record */

/* A template instance of a record: its template and its n values from number
 * `base` on. */
struct expand_part {
	struct template *template;
	uint32_t n;
	size_t base;
};

struct expand {
	struct span chunk;
	struct templates *templates;
	struct name_check *check;
	struct arena *into; /* of the nodes */
	struct buf *scratch;
	struct value *values; /* EXPAND_VALUES_MAX, the caller's */
	uint32_t *words;      /* as many; see variant_values() */
	size_t n;
	struct expand_part parts[EXPAND_PARTS_MAX];
	size_t n_parts;
	unsigned nested;
	uint32_t end;     /* offset in the chunk behind what was expanded */
	bool system_only; /* leave what is nested where it is: a value */
	bool odd; /* not made of template instances alone: the next record
		   * like it may have another shape */

	/* Where templates are borrowed that are missing here, or NULL: then
	 * the record is refused, and an orphan. */
	const struct catalog *known;
	bool orphan;
	const struct catalog_item *borrowed[EXPAND_BORROWED_MAX];
	size_t n_borrowed;

	/* The record is in free space: names of elements that it does not
	 * hold itself are of the same age only from here on. */
	bool old;
	size_t names_from;
};

/* Expand the bytes of a fragment to a list of nodes. */
enum rc expand_fragment(
    struct expand *x, struct span bytes, struct node **first, struct err *e);

#endif
