/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that is missing or malformed in what evtxload was given, for one
 * message: first what concerns options, then the environment, then the
 * configuration file.
 */
#ifndef TOOLS_LOAD_FAULTS_H
#define TOOLS_LOAD_FAULTS_H

#include <stdbool.h>

#include "tools/options.h"

#define LOAD_FAULTS_TEXT 1900 /* more is cut off */

/* Zeroed before. */
struct load_faults {
	char text[ORIGINS][LOAD_FAULTS_TEXT];
	bool starved; /* a check failed for lack of memory */
};

/* Add a sentence without a full stop. */
void load_faults_add(struct load_faults *f, enum origin from, const char *text);

/* The same with the text of an error. Lack of memory is no fault of these. */
void load_faults_add_err(
    struct load_faults *f, enum origin from, const struct err *e);

/* RC_OK if there are none; WHY_MEMORY, or else WHY_USAGE, with as many as an
 * error has room for. All of them are in `all`. */
enum rc load_faults_end(
    const struct load_faults *f, char all[LOAD_FAULTS_TEXT], struct err *e);

#endif
