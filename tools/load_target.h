/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the settings to a target that can be loaded.
 */
#ifndef TOOLS_LOAD_TARGET_H
#define TOOLS_LOAD_TARGET_H

#include "load/target.h"
#include "tools/load_auth.h"
#include "tools/load_options.h"

struct target {
	struct load_target load;
	char path[4096];          /* of a database or a checkpoint */
	struct secrets secrets;   /* wiped by target_wipe() */
	char faults[FAULTS_TEXT]; /* all of them, if it cannot be made */
};

/* What the command needs of it: a push all, a dry run and a status less.
 * WHY_USAGE: the message has all that is missing or malformed. */
enum rc target_make(const struct options *o, struct target *t, struct err *e);
void target_wipe(struct target *t);

#endif
