/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks if a finished staging directory is what this run would make, because
 * the same command was run twice. The manifest contains the options, the event
 * set, and one digest of the names, sizes and first bytes of all inputs, which
 * can be read quickly. Only rerun_check_added() changes the directory.
 */
#ifndef CONVERT_RERUN_H
#define CONVERT_RERUN_H

#include "convert/inputs_digest.h"
#include "input/walk.h"
#include "stage/manifest.h"

/* The inputs of this run. */
struct rerun_inputs {
	const struct walk *walk;
	/* Digest that is not ended; NULL: an input is standard input. */
	struct inputs_digest *digest;
	/* Room for the digest as DIGEST_HEX bytes of text. It is "" until the
	 * functions below need the digest and end it. */
	char *sha256;
};

/* Member of the manifest's `run` with the digest of the inputs. */
#define RERUN_INPUTS "inputs_sha256"

/* Compare a finished staging with the inputs and with m, in which the head of
 * the manifest of this run is set. RC_OK: it is the same, and the counts of m
 * are set to those of the staging. RC_END: there is no finished staging, or it
 * cannot be compared because records were added to it or it is damaged.
 * WHY_EXISTS: it differs; e says in what. */
enum rc rerun_check(const char *dir, const struct rerun_inputs *now,
    struct manifest *m, struct err *e);

/* Like rerun_check(), for --append: a run that was killed after it published
 * the manifest left state/ behind. RC_OK: the manifest is from such a run with
 * these options and inputs; state/ is removed, and the counts of m are set;
 * counts.bad only counts the added sources. RC_END: the inputs must still be
 * added. Otherwise the errors of writer_finish(). */
enum rc rerun_check_added(const char *dir, const struct rerun_inputs *now,
    struct manifest *m, struct err *e);

/* Members of `run` about the sources that were added last: the digest of the
 * inputs, and the number of sources that could not be read completely. */
#define RERUN_ADDED "added_sha256"
#define RERUN_ADDED_BAD "added_bad"

#endif
