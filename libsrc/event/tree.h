/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event as a tree of nodes: elements with attributes and content.
 *
 * Both decoders deliver trees. A leaf is either a literal (NODE_TEXT) or a
 * substitution (NODE_SUBSTITUTION) whose value comes from the record's value
 * table, so one tree serves every record of the same template. Nodes and names
 * live in the arena of whoever built the tree and are constant afterwards.
 */
#ifndef EVENT_TREE_H
#define EVENT_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "event/value.h"
#include "util/arena.h"
#include "util/span.h"

enum node_kind {
	NODE_ELEMENT,
	NODE_ATTRIBUTE,
	NODE_TEXT,         /* a literal value */
	NODE_SUBSTITUTION, /* value number `substitution` of the record */
};

struct node {
	enum node_kind kind;
	/* Came behind the first fragment of a Binary XML value, as the
	 * RenderingInfo of some collected events does. */
	bool later;
	uint16_t index;   /* substitution: its number */
	struct span name; /* element, attribute: UTF-8 */
	struct value
	    value; /* text; substitution of a template: the type it expects */
	struct node *attrs; /* element: its attributes */
	struct node *kids;  /* element, attribute: its content */
	struct node *next;  /* the next sibling */
};

/* A tree and the values of its substitutions. What is compiled against a tree
 * may depend on the types of the values, and on which are null or empty, never
 * on their bytes. */
struct tree {
	const struct node *root;
	const struct value *values;
	size_t n_values;
};

/* Make a node and append it to the list that *last ends: *last is the place
 * for its address, and moves on. NULL when the arena is full. */
struct node *tree_add(
    struct arena *a, struct node ***last, enum node_kind kind);

/* The child element or attribute of that name, or NULL. */
const struct node *tree_child(const struct node *element, struct span name);
const struct node *tree_attr(const struct node *element, struct span name);

/* The only leaf of an element's or attribute's content, or NULL when there is
 * none or several. */
const struct node *tree_leaf(const struct node *parent);

/* The substitution with the array that is all that an unnamed Data holds, or
 * NULL. Windows shows such a Data as one Data for each item, and an empty array
 * as one empty Data. */
const struct node *tree_array(
    const struct node *element, const struct value *values);

/* The first element among a node and the siblings after it, or NULL. */
static inline const struct node *
tree_element(const struct node *n)
{
	while (n != NULL && n->kind != NODE_ELEMENT)
		n = n->next;
	return n;
}

/* The value of a leaf. */
static inline const struct value *
tree_value(const struct node *leaf, const struct value *values)
{
	return leaf->kind == NODE_SUBSTITUTION ? &values[leaf->index]
					       : &leaf->value;
}

#endif
