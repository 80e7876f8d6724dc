/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that is missing or malformed in what evtxload was given, for one
 * message: first what concerns options, then the environment, then the
 * configuration file.
 */
#ifndef TOOLS_LOAD_FAULTS_H
#define TOOLS_LOAD_FAULTS_H

#include <stdbool.h>

#include "util/err.h"

/* Where a setting comes from. */
enum origin { FROM_LINE, FROM_ENVIRONMENT, FROM_FILE, ORIGINS };

#define FAULTS_TEXT 1900 /* more is cut off */

/* Zeroed before. */
struct faults {
	char text[ORIGINS][FAULTS_TEXT];
	bool starved; /* a check failed for lack of memory */
};

/* Add a sentence without a full stop. */
void faults_add(struct faults *f, enum origin from, const char *text);

/* The same with the text of an error. Lack of memory is no fault of these. */
void faults_add_err(struct faults *f, enum origin from, const struct err *e);

/* RC_OK if there are none; WHY_MEMORY, or else WHY_USAGE, with as many as an
 * error has room for. All of them are in `all`. */
enum rc faults_end(
    const struct faults *f, char all[FAULTS_TEXT], struct err *e);

#endif
