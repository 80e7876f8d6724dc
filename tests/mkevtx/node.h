/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The XML of an event as a tree, with substitutions where values go: what a
 * template definition says. Nodes and their text live in an arena and go with
 * it.
 */
#ifndef MKEVTX_NODE_H
#define MKEVTX_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

struct node_block;

struct node_arena {
	struct node_block *blocks;
};

enum node_kind {
	NODE_ELEMENT,
	NODE_ATTRIBUTE,
	NODE_TEXT,
	NODE_SUBSTITUTION,
	NODE_CDATA,
	NODE_CHARREF, /* text: the one unit */
	NODE_ENTITY,  /* text: the name */
	NODE_PI       /* text: target, more: data */
};

struct node {
	enum node_kind kind;
	uint8_t hint;        /* NODE_SUBSTITUTION: type in the template */
	bool optional;       /* NODE_SUBSTITUTION: token 0x0e instead of 0x0d */
	uint16_t index;      /* NODE_SUBSTITUTION: number of the value */
	const uint8_t *text; /* name or text, 16-bit units */
	size_t bytes;
	const uint8_t *more;
	size_t more_bytes;
	struct node *attrs; /* NODE_ELEMENT only */
	struct node *kids;
	struct node *next;
};

void node_arena_reset(struct node_arena *a);

/* Zeroed bytes that live as long as the arena. */
void *node_take(struct node_arena *a, size_t n);

/* Copies the units into the arena. */
struct node *node_new(struct node_arena *a, enum node_kind kind,
    const uint8_t *units, size_t bytes);
struct node *node_ascii(
    struct node_arena *a, enum node_kind kind, const char *text);
struct node *node_substitution(
    struct node_arena *a, unsigned substitution, uint8_t hint, bool optional);

/* Appends at the end of the children, or of the attributes; returns `kid`. */
struct node *node_add(struct node *parent, struct node *kid);

/* Copies a tree, siblings of the root not included. */
struct node *node_clone(struct node_arena *a, const struct node *n);

/* Makes a GUID of everything in a tree: equal trees, equal GUIDs. */
void node_guid(const struct node *n, uint8_t guid[16]);

/* An element `<name>` holding an optional substitution: the pattern of System.
 */
struct node *node_wrap(
    struct node_arena *a, const char *name, struct node *content);

#endif
