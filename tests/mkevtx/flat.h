/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A shape and its values as plain XML: substitutions filled with text, optional
 * elements and attributes without value left out, nested instances put in
 * place. That is how forwarded events stand in a file: without template, every
 * value as the text that Windows makes of it.
 */
#ifndef MKEVTX_FLAT_H
#define MKEVTX_FLAT_H

#include "node.h"
#include "vals.h"

/* The result lives in the arena; `vals` may be NULL for a tree of text. */
struct node *flat_tree(
    struct node_arena *a, const struct node *n, const struct vals *vals);

#endif
