/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the Binary XML of a record to its tree and its values.
 *
 * Template instances are replaced by the template's nodes, substitutions are
 * numbered through: the values of the outer instance first, then those of each
 * nested instance in the order in which they stand among the values. What is
 * null is left out: an optional element, an attribute, a text.
 */
#ifndef EVTX_TEMPLATE_EXPAND_H
#define EVTX_TEMPLATE_EXPAND_H

#include "evtx/template_recovery.h"
#include "evtx/templates.h"

#define TEMPLATE_EXPAND_NESTED_MAX 16U /* instances inside of instances */
#define TEMPLATE_EXPAND_PARTS_MAX 8U   /* instances of a record with a shape */
#define TEMPLATE_EXPAND_VALUES_MAX 65536U
#define TEMPLATE_EXPAND_RECOVERED_MAX 8U /* templates of a record */

/* A template instance of a record: its template and its n values from number
 * `base` on. */
struct template_expand_part {
	struct template *template;
	uint32_t n;
	size_t base;
};

struct template_expand {
	struct span chunk;
	struct templates *templates;
	struct name_check *check;
	struct arena *into; /* of the nodes */
	struct buf *scratch;
	struct value *values; /* TEMPLATE_EXPAND_VALUES_MAX, the caller's */
	uint32_t *words;      /* as many; see value_layout_parse() */
	size_t n;
	struct template_expand_part parts[TEMPLATE_EXPAND_PARTS_MAX];
	size_t n_parts;
	unsigned nested;
	uint32_t end;     /* offset in the chunk behind what was expanded */
	bool system_only; /* leave what is nested where it is: a value */
	bool odd; /* not made of template instances alone: the next record
		   * like it may have another shape */

	/* Where templates are borrowed that are missing here, or NULL: then
	 * the record is refused, and an orphan. */
	const struct template_catalog *known;
	bool template_missing;
	const struct template_entry
	    *recovered_templates[TEMPLATE_EXPAND_RECOVERED_MAX];
	size_t n_recovered_templates;

	/* The record is in free space: names of elements that it does not
	 * hold itself are of the same age only from here on. */
	bool old;
	size_t names_from;
};

/* Expand the bytes of a fragment to a list of nodes. */
enum rc template_expand_fragment(struct template_expand *x, struct span bytes,
    struct node **first, struct err *e);

#endif
