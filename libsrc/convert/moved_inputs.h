/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inputs of an interrupted run that have another inode or other times when it
 * is resumed: a copy was put back, or the evidence was mounted elsewhere. All
 * that the run had read is read again, and the digests are compared.
 */
#ifndef CONVERT_MOVED_INPUTS_H
#define CONVERT_MOVED_INPUTS_H

#include "convert/intake_state.h"
#include "convert/sources.h"

/* A run that was read from its checkpoint; borrowed. */
struct moved_inputs {
	const struct walk *walk;
	const struct names *names; /* see intake_state_leaves_out() */
	const struct intake_state *state;
	struct sources *sources;
	struct digest_thread *digest;
};

/* WHY_EXISTS: the bytes differ, or they cannot be compared. */
enum rc moved_inputs_check(const struct moved_inputs *r, struct err *e);

#endif
