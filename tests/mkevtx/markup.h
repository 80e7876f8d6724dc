/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML of a description to nodes, and nodes to XML.
 *
 * Understood: <name attr="text">, <name/>, </name> or </>, text,
 * <![CDATA[...]]>, &name; (an entity reference), &#65; and &#x41; (a character
 * reference), <?target data?>. Text may hold the escapes of text.h; a literal
 * "<" or "&" is \x3c or \x26. Elements may stay open from one call to the
 * next.
 */
#ifndef MKEVTX_MARKUP_H
#define MKEVTX_MARKUP_H

#include <stddef.h>

#include "buf.h"
#include "node.h"

#define MARKUP_DEPTH 64

struct markup {
	struct node_arena *arena;
	struct node *open[MARKUP_DEPTH]; /* open[0] is the root */
	size_t depth;
};

void markup_feed(struct markup *m, const char *s, size_t n);

/* The innermost open element. */
struct node *markup_at(const struct markup *m);

/* Appends the text that a reader makes of a text-like node: references are
 * resolved, an unknown entity stays "&name;", a PI is nothing. */
void markup_resolve(struct buf *units, const struct node *n);

/* Appends the tree as XML. */
void markup_write(struct buf *units, const struct node *n);

#endif
