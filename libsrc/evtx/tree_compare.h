/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares two readings of a record: the native tree and that of libevtx.
 *
 * Values are compared by their canonical text (event/canonical.h), attributes
 * in any order. Null, an empty text and no content are the same, because XML
 * cannot distinguish them; so are blanks between elements. A difference that a
 * known quirk of libevtx explains (libevtx_quirks.h) does not count, but is
 * recorded in `quirks`.
 */
#ifndef EVTX_TREE_COMPARE_H
#define EVTX_TREE_COMPARE_H

#include "event/tree.h"
#include "evtx/libevtx_quirks.h"

/* Maximum length of `native` and `libevtx` in bytes. */
#define TREE_COMPARE_READING_MAX 400U

struct tree_compare {
	/* The first difference: its path, and what each decoder reads there, as
	 * XML without escapes. A long reading is shortened. */
	struct buf path;
	struct buf native;
	struct buf libevtx;

	/* The quirks that were found: bit i stands for libevtx_quirks[i]. */
	uint32_t quirks;

	/* The following members are used only in tree_compare.c. */
	struct buf here; /* path of the nodes that are being compared */
	struct buf a;
	struct buf b;
	bool differs;
};

void tree_compare_init(struct tree_compare *c);
void tree_compare_free(struct tree_compare *c);

/* True if the trees are equal in this sense. The members of `c` are valid until
 * the next call. */
bool tree_compare_equal(struct tree_compare *c, const struct tree *native,
    const struct tree *libevtx);

#endif
