/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox of evtxstage: --sandbox, and what a run may open inside.
 */
#ifndef TOOLS_STAGE_SANDBOX_H
#define TOOLS_STAGE_SANDBOX_H

#include "util/sandbox.h"
#include "util/scratch.h"

/* What --sandbox=text means; RC_FATAL with WHY_USAGE. */
enum rc stage_sandbox_mode(
    enum sandbox_mode *mode, const char *text, struct err *e);

/* The folder for temporary files where there is no staging directory. */
const char *stage_sandbox_scratch(void);

/* Returns the folder that has to be writable inside for temporary files: NULL
 * if those that are opened now will do, as it is unless copies of members of
 * archives or keys on disk may come. */
const char *stage_sandbox_temporary(struct scratch *s, bool many);

/* What a command opens after it entered. */
struct stage_sandbox {
	enum sandbox_mode mode;
	char *const *reads; /* files and folders; "-" is open already */
	size_t n_reads;
	const char *writes[2]; /* folders; NULL: none */
};

/* Enter: before the first thread, and with everything else open. Texts in
 * level; a warning, if something is lacking, is the caller's to say. From here
 * on a call that is not allowed ends the program with a message and status 1:
 * a run that is cut off loses nothing, it is started again. */
enum rc stage_sandbox_enter(
    const struct stage_sandbox *s, struct sandbox_level *level, struct err *e);

#endif
