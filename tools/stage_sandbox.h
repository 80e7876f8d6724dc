/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox of evtxstage: what a command may open in it. */
#ifndef TOOLS_STAGE_SANDBOX_H
#define TOOLS_STAGE_SANDBOX_H

#include "util/sandbox.h"
#include "util/scratch.h"

/* The folder for temporary files without a staging directory: TMPDIR or /tmp.
 */
const char *stage_sandbox_scratch(void);

/* The folder that must be writable in the sandbox for temporary files. Without
 * `many` (archive members or keys may be written to disk), this call opens a
 * few temporary files in advance, and the result is NULL. */
const char *stage_sandbox_temporary(struct scratch *s, bool many);

/* What a command opens in the sandbox. */
struct stage_sandbox {
	enum sandbox_mode mode;
	char *const *reads; /* files and folders to read; "-" is already open */
	size_t n_reads;
	const char *writes[3]; /* folders to write to; NULL: unused element */
};

/* Enter the sandbox, before the first thread starts. The caller reports
 * level->lacks as a warning. From then on a forbidden system call ends the
 * program with a message and status 1; the run can be resumed. */
enum rc stage_sandbox_enter(
    const struct stage_sandbox *s, struct sandbox_level *level, struct err *e);

/* Like stage_sandbox_enter(), and print the warning unless `quiet` is set. */
enum rc stage_sandbox_enter_and_warn(
    const struct stage_sandbox *s, bool quiet, struct err *e);

#endif
