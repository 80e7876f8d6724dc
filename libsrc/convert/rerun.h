/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks if a finished staging directory is what this run would make: the same
 * command was run twice. The manifest has the options, the event set, and one
 * digest of the names, sizes and first bytes of all inputs, which can be read
 * quickly. Nothing in the directory is changed.
 */
#ifndef CONVERT_RERUN_H
#define CONVERT_RERUN_H

#include <signal.h>

#include "input/walk.h"
#include "stage/manifest.h"

/* Make that digest, for the manifest's `run` as RERUN_INPUTS. It is empty if an
 * input is standard input. WHY_STOPPED once *stop is not 0. */
#define RERUN_INPUTS "inputs_sha256"

enum rc rerun_digest(const struct walk *w, char sha256[DIGEST_HEX],
    const volatile sig_atomic_t *stop, struct err *e);

/* What this run would stage. */
struct rerun_inputs {
	const struct walk *walk;
	const char *inputs; /* their digest */
};

/* Compare a finished staging with m, which has the beginning of the manifest of
 * this run, and with the inputs. RC_OK: it is the same, and m has its counts
 * and its account. RC_END: there is no finished staging, or it cannot be
 * compared because it was added to or is damaged. WHY_EXISTS: it differs; e
 * says in what. */
enum rc rerun_check(const char *dir, const struct rerun_inputs *now,
    struct manifest *m, struct err *e);

/* The same for --append: a run that was killed after it published the manifest
 * left state/ behind. RC_OK: the manifest is of such a run with these options
 * and inputs; state/ is removed, and m has its counts, where `bad` is of what
 * was added. RC_END: there is something left to add. The errors of
 * writer_finish(). */
enum rc rerun_check_added(const char *dir, const struct rerun_inputs *now,
    struct manifest *m, struct err *e);

/* In `run`, of what was added last: the digest of its inputs, which are not all
 * that the staging has, and how many of its sources are bad. */
#define RERUN_ADDED "added_sha256"
#define RERUN_ADDED_BAD "added_bad"

#endif
