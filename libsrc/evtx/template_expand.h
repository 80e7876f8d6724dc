/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expands the Binary XML of a record to a tree and its values.
 *
 * A template instance is replaced by the nodes of its template. The values of a
 * record are numbered consecutively: first those of the outer instance, then
 * those of each instance that is nested in a value, in the order of the values.
 * A null value gives no text. An attribute whose whole content is null is left
 * out; an element is kept without content.
 */
#ifndef EVTX_TEMPLATE_EXPAND_H
#define EVTX_TEMPLATE_EXPAND_H

#include "evtx/template_recovery.h"
#include "evtx/templates.h"

#define TEMPLATE_EXPAND_NESTED_MAX 16U /* maximum depth of nested instances */
/* Maximum number of instances in a cached tree. */
#define TEMPLATE_EXPAND_PARTS_MAX 8U
#define TEMPLATE_EXPAND_VALUES_MAX 65536U
/* Maximum number of recovered templates of a record. */
#define TEMPLATE_EXPAND_RECOVERED_MAX 8U

/* A template instance of a record: its template, and its n values, which start
 * at index `base`. */
struct template_expand_part {
	struct template *template;
	uint32_t n;
	size_t base;
};

struct template_expand {
	/* These members are borrowed from the caller. */
	struct span chunk;
	struct templates *templates;
	struct name_check *check;
	struct arena *into; /* arena for the expanded nodes */
	struct buf *scratch;
	struct value *values; /* array of TEMPLATE_EXPAND_VALUES_MAX */
	uint32_t *kinds;      /* the kind of each value; see value_layout.h */

	/* Do not expand nested instances, so that the tree has only System. */
	bool system_only;

	/* The catalog to recover missing templates from. NULL: a record whose
	 * template is missing is rejected, and template_missing is set. */
	const struct template_catalog *catalog;

	/* `carved` is set if the record is in free space: the names of elements
	 * outside template instances must then match their hashes and have an
	 * offset of at least names_from. */
	bool carved;
	size_t names_from;

	/* The following members are results. */
	size_t n; /* number of elements of `values` that are set */
	struct template_expand_part parts[TEMPLATE_EXPAND_PARTS_MAX];
	size_t n_parts;
	uint32_t end;     /* offset in the chunk where the Binary XML ends */
	bool uncacheable; /* the tree depends on more than the value layouts */
	bool template_missing;
	const struct template_entry
	    *recovered_templates[TEMPLATE_EXPAND_RECOVERED_MAX];
	size_t n_recovered_templates;

	unsigned nested; /* current depth of nested instances */
};

/* Expand the bytes of a fragment to a list of nodes. */
enum rc template_expand_fragment(struct template_expand *x, struct span bytes,
    struct node **first, struct err *e);

#endif
