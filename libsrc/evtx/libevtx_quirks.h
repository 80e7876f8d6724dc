/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libevtx (20181227) is known to read or write wrong.
 *
 * Each quirk is a row of a table. It explains a difference between the two
 * readings of a record if libevtx has exactly the text, or the nodes, that the
 * quirk makes of the native ones; a difference that is only similar is not
 * explained.
 */
#ifndef EVTX_LIBEVTX_QUIRKS_H
#define EVTX_LIBEVTX_QUIRKS_H

#include "event/tree.h"

/* Where two trees differ: a node of each, or NULL at the end of its list. */
struct libevtx_quirk_place {
	const struct node *parent; /* of the native node; NULL for the root */
	const struct node *native;
	const struct node *libevtx;
	const struct value *values; /* of the native tree */
	struct buf *want;           /* scratch */
	struct buf *got;
};

struct libevtx_quirk {
	const char *name;
	const char *does; /* what libevtx does: "writes ..." */

	/* Append the text that libevtx writes for a value of this type (or, if
	 * it is VALUE_NULL, of any); false if the quirk does not concern it. */
	enum value_type type;
	bool (*put)(struct buf *b, const struct value *v);

	/* For other quirks: if it explains the difference, advance the place
	 * past it. */
	bool (*explains)(struct libevtx_quirk_place *p);
};

extern const struct libevtx_quirk libevtx_quirks[];
extern const size_t libevtx_quirks_count;

/* If the quirk explains the difference, advance the place past it; else false,
 * and the place does not change. */
bool libevtx_quirks_explain(
    const struct libevtx_quirk *quirk, struct libevtx_quirk_place *p);

#endif
