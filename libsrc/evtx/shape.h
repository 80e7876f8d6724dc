/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shapes: the trees that records share.
 *
 * A record's tree depends on its templates, on the types of its values and on
 * which of them are null or empty, and on nothing else. A variant is a template
 * with a table of value types; a shape is the tree that one or several variants
 * (an instance and those nested in it) make. Finding the shape of a record is
 * comparing its value descriptors with those of a variant, word by word; the
 * tree is made only when a shape is seen for the first time.
 */
#ifndef EVTX_SHAPE_H
#define EVTX_SHAPE_H

#include "evtx/expand.h"

#define SHAPE_VARIANTS_MAX 64U            /* of a template */
#define SHAPE_BYTES_MAX ((size_t)6 << 20) /* of all shapes */
/* What a shape is taken to need beside itself: nodes, and what the caller
 * keeps with it. */
#define SHAPE_KEPT_BYTES 16384U

struct variant {
	struct variant *next;
	struct shape *shapes; /* that start with this variant */
	uint32_t n;
	uint32_t *words; /* of its values; see expand_values() */
	bool has_nested; /* a value is Binary XML */
};

struct shape {
	struct shape *next;
	struct variant *parts[EXPAND_PARTS_MAX];
	size_t n_parts;
	struct arena nodes;
	const struct node *root;
	size_t n_values;
	void *kept; /* the decoder's caller's */
};

struct shapes {
	struct templates *templates;
	void (*drop)(void *kept);
	size_t bytes;
};

/* The variant of the template with these n words, or NULL. */
struct variant *shape_variant(
    struct template *t, const uint32_t *words, uint32_t n);

/* The shape of these parts, or NULL. */
struct shape *shape_find(struct variant *const *parts, size_t n_parts);

/* Learn the shape of a record that was expanded into `nodes`, which the shape
 * takes over. NULL, and the nodes stay the caller's, when it cannot be
 * kept. */
struct shape *shape_learn(struct shapes *s, const struct expand *x,
    struct arena *nodes, const struct node *root);

/* Forget everything when there is too much of it; between two chunks only. */
void shape_tidy(struct shapes *s);
void shape_forget(struct shapes *s);

#endif
