/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects all missing and invalid settings of evtxload for one message: first
 * options, then the environment, then the configuration file.
 */
#ifndef TOOLS_LOAD_FAULTS_H
#define TOOLS_LOAD_FAULTS_H

#include <stdbool.h>

#include "tools/options.h"

/* Maximum length of the message; the rest is dropped. */
#define LOAD_FAULTS_TEXT 1900

/* The faults that were found in the settings. Initialize with zeros. */
struct load_faults {
	char text[ORIGINS][LOAD_FAULTS_TEXT];
	bool starved; /* a check ran out of memory */
};

/* Add a fault: a sentence without a full stop. */
void load_faults_add(struct load_faults *f, enum origin from, const char *text);

/* Add the text of an error; a lack of memory is not a fault. */
void load_faults_add_err(
    struct load_faults *f, enum origin from, const struct err *e);

/* RC_OK if there are no faults; otherwise WHY_MEMORY, or WHY_USAGE with the
 * first faults. `all` becomes the text of all faults. */
enum rc load_faults_end(
    const struct load_faults *f, char all[LOAD_FAULTS_TEXT], struct err *e);

#endif
