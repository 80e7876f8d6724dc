/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks if a finished staging directory is what this run would make, because
 * the same command was run twice. The manifest contains the options, the event
 * set, and one digest of the names, sizes and first bytes of all inputs, which
 * can be read quickly. Only rerun_check_added() changes the directory.
 */
#ifndef CONVERT_RERUN_H
#define CONVERT_RERUN_H

#include <signal.h>

#include "input/walk.h"
#include "stage/manifest.h"

/* Make the digest of the inputs, for the member RERUN_INPUTS of the manifest's
 * `run`. It is "" if an input is standard input. WHY_STOPPED if *stop is not 0.
 */
#define RERUN_INPUTS "inputs_sha256"

enum rc rerun_digest(const struct walk *w, char sha256[DIGEST_HEX],
    const volatile sig_atomic_t *stop, struct err *e);

/* The inputs of this run. */
struct rerun_inputs {
	const struct walk *walk;
	const char *inputs; /* digest of the inputs, from rerun_digest() */
};

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
