/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event as a tree of nodes: elements with attributes and content.
 *
 * Every decoder returns trees. A leaf is either a literal (NODE_TEXT) or a
 * substitution (NODE_SUBSTITUTION), whose value comes from the value table of
 * the record, so that one tree serves every record of the same template. Nodes
 * and names live in the arena of the decoder and do not change afterwards.
 */
#ifndef EVENT_TREE_H
#define EVENT_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "event/value.h"
#include "util/arena.h"
#include "util/err.h"
#include "util/span.h"

enum node_kind {
	NODE_ELEMENT,
	NODE_ATTRIBUTE,
	NODE_TEXT,         /* a literal value */
	NODE_SUBSTITUTION, /* value number `index` of the record */
};

struct node {
	enum node_kind kind;
	/* True for nodes of the second and later fragments of a Binary XML
	 * value, such as the RenderingInfo of forwarded events. */
	bool later;
	uint16_t index;   /* NODE_SUBSTITUTION: index of the value */
	struct span name; /* NODE_ELEMENT, NODE_ATTRIBUTE: the name in UTF-8 */
	/* NODE_TEXT: the value. NODE_SUBSTITUTION in a template: the expected
	 * type. */
	struct value value;
	struct node *attrs; /* NODE_ELEMENT: list of attributes */
	/* NODE_ELEMENT, NODE_ATTRIBUTE: list of the nodes of its content. */
	struct node *kids;
	struct node *next; /* the next sibling */
};

/* A tree and the values of its substitutions. Code that is compiled for a tree
 * may depend on the types of the values and on which are null or empty, but
 * never on their bytes. */
struct tree {
	const struct node *root;
	const struct value *values;
	size_t n_values;
};

/* Make a node and append it to a list. *last is the address of the pointer that
 * will point to the node; it advances to that of the next node. NULL if the
 * arena is full. */
struct node *tree_add(
    struct arena *a, struct node ***last, enum node_kind kind);

/* Report that an event does not fit into its arena: RC_SKIP, WHY_LIMIT. */
enum rc tree_too_large(const struct arena *a, struct err *e);

/* The child element or the attribute of that name, or NULL. */
const struct node *tree_child(const struct node *element, struct span name);
const struct node *tree_attr(const struct node *element, struct span name);

/* The only leaf in the content of an element or attribute; NULL if there is no
 * leaf, or other content too. */
const struct node *tree_leaf(const struct node *parent);

/* If an unnamed Data element holds nothing but a substitution with an array,
 * that substitution, else NULL. Windows renders such an element as one Data
 * for each item, and an empty array as one empty Data. */
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

/* True for text and substitutions; false for NULL. */
static inline bool
tree_is_leaf(const struct node *n)
{
	return n != NULL &&
	       (n->kind == NODE_TEXT || n->kind == NODE_SUBSTITUTION);
}

/* The first sibling, from `leaf` on, that is not a leaf: adjacent leaves are
 * one text. NULL at the end of the list. */
static inline const struct node *
tree_text_end(const struct node *leaf)
{
	while (leaf != NULL && tree_is_leaf(leaf))
		leaf = leaf->next;
	return leaf;
}

/* The value of a leaf. */
static inline const struct value *
tree_value(const struct node *leaf, const struct value *values)
{
	return leaf->kind == NODE_SUBSTITUTION ? &values[leaf->index]
					       : &leaf->value;
}

#endif
