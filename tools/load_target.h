/* SPDX-License-Identifier: Apache-2.0 */
/* Builds the target of a load from the options of evtxload. */
#ifndef TOOLS_LOAD_TARGET_H
#define TOOLS_LOAD_TARGET_H

#include "load/target.h"
#include "tools/load_auth.h"
#include "tools/load_config.h"

struct target {
	struct load_target load;
	char path[4096]; /* folder of the checkpoint, if it is in the staging */
	char part[32];   /* value of --of, "I/N" */
	struct secrets secrets;        /* wiped by load_target_wipe() */
	char faults[LOAD_FAULTS_TEXT]; /* text of all faults; "": no faults */
};

/* Check the options that the command needs: most for a push, fewer for a plan
 * and status. WHY_USAGE if any is missing or invalid; t->faults then lists them
 * all, including those that were found before. */
enum rc load_target_make(const struct options *o,
    const struct load_faults *faults, struct target *t, struct err *e);
void load_target_wipe(struct target *t);

#endif
