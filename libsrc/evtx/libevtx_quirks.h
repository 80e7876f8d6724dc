/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Known errors of libevtx (20181227) in the text or the nodes of a record.
 *
 * Each quirk is a row of a table. It explains a difference between the two
 * readings of a record if applying the quirk to the native reading gives
 * exactly the text, or the nodes, of libevtx; a difference that is only similar
 * is not explained.
 */
#ifndef EVTX_LIBEVTX_QUIRKS_H
#define EVTX_LIBEVTX_QUIRKS_H

#include "event/tree.h"

/* The place where two trees differ: a node of each tree, or NULL at the end of
 * its list. */
struct libevtx_quirk_place {
	/* Parent of `native`; NULL if `native` is the root. */
	const struct node *parent;
	const struct node *native;
	const struct node *libevtx;
	const struct value *values; /* values of the native tree */
	/* Temporary buffer for the text that the quirk predicts for libevtx. */
	struct buf *want;
	struct buf *got;
};

struct libevtx_quirk {
	const char *name;
	const char *does; /* what libevtx does, for messages: "writes ..." */

	/* For a quirk of a value: `put` appends the text that libevtx writes
	 * for a value of this type (VALUE_NULL: of any type), and returns false
	 * if the quirk does not apply to the value. */
	enum value_type type;
	bool (*put)(struct buf *b, const struct value *v);

	/* For a quirk of nodes, else NULL: if the quirk explains the
	 * difference, `explains` advances the place past it and returns true.
	 */
	bool (*explains)(struct libevtx_quirk_place *p);
};

extern const struct libevtx_quirk libevtx_quirks[];
extern const size_t libevtx_quirks_count;

/* If the quirk explains the difference, advance the place past it; else false,
 * and the place does not change. */
bool libevtx_quirks_explain(
    const struct libevtx_quirk *quirk, struct libevtx_quirk_place *p);

#endif
