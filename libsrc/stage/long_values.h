/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder fields/ of a staging directory: long values, each in a file whose
 * name is its SHA-256. The folder exists only if there are any. Used by
 * stage/writer.c and stage/staging_dir.c.
 */
#ifndef STAGE_LONG_VALUES_H
#define STAGE_LONG_VALUES_H

#include "stage/manifest.h"
#include "util/err.h"
#include "util/span.h"

#define FIELDS_DIR "fields"

/* Check that the folder has no other files (WHY_EXISTS); and remove it with all
 * values. RC_OK if there is no folder. */
enum rc long_values_check(int stagingfd, struct err *e);
enum rc long_values_remove(int stagingfd, struct err *e);

/* Write a value unless its file exists, which is complete then. */
enum rc long_values_write(
    int stagingfd, const char *sha256, struct span bytes, struct err *e);

/* Append all values to m->fields, sorted by digest. */
enum rc long_values_list(int stagingfd, struct manifest *m, struct err *e);

#endif
