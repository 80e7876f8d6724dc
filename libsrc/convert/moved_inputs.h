/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks inputs that have another inode or other times when an interrupted run
 * is resumed, because a copy was put back or the evidence was mounted
 * elsewhere. All bytes that the run had read are read again, and their digests
 * are compared.
 */
#ifndef CONVERT_MOVED_INPUTS_H
#define CONVERT_MOVED_INPUTS_H

#include "convert/intake_state.h"
#include "convert/sources.h"

/* The state of a run, restored from its checkpoint; borrowed. */
struct moved_inputs {
	const struct walk *walk;
	/* Patterns of --name, for intake_state_filter(). */
	const struct names *names;
	const struct intake_state *state;
	struct sources *sources;
	struct digest_thread *digest;
};

/* Check the inputs. WHY_EXISTS: their bytes differ or cannot be compared. */
enum rc moved_inputs_check(const struct moved_inputs *r, struct err *e);

#endif
