/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees and template instances as BinXML tokens in a page.
 *
 * A definition is written where a page first uses it and referred to by offset
 * afterwards. Only definitions carry dependency ids. `late` and `missing` are
 * the odd ways to define: with `late` the first use says an offset that is
 * filled in by the next use (or by `bxml_settle`), with `missing` the offset
 * of an empty place and no definition at all.
 */
#ifndef MKEVTX_BXML_H
#define MKEVTX_BXML_H

#include <stdbool.h>
#include <stdint.h>

#include "node.h"
#include "page.h"
#include "vals.h"

#define BXML_PENDING 16

struct bxml_pending {
	const struct vals_shape *shape;
	uint8_t guid[16];
	uint32_t at; /* of the offset to fill in */
};

struct bxml {
	struct page *page;
	bool late;
	bool missing;
	bool headless; /* nested values without a fragment header */
	struct bxml_pending pending[BXML_PENDING];
	size_t pendings;
};

/* Fragment header, instance, end token. */
void bxml_instance(
    struct bxml *b, const struct vals_shape *shape, const struct vals *vals);

/* Fragment header, elements as they stand, end token. The values fill
 * substitutions as text; they may be NULL if the tree has none. */
void bxml_elements(struct bxml *b, const struct node *root);

/* Writes the definitions that are still owed, at the end of the page. */
void bxml_settle(struct bxml *b);

#endif
