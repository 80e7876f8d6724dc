/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder fields/ of a staging directory. It contains long values, each in a
 * file whose name is the SHA-256 of the value, and exists only if there are
 * long values. Used by stage/writer.c and stage/staging_dir.c.
 */
#ifndef STAGE_LONG_VALUES_H
#define STAGE_LONG_VALUES_H

#include "stage/manifest.h"
#include "util/err.h"
#include "util/span.h"

#define FIELDS_DIR "fields"

/* Check that the folder contains no other files, or remove it with all values.
 * RC_OK if it does not exist. WHY_EXISTS: it contains other files. */
enum rc long_values_check(int stagingfd, struct err *e);
enum rc long_values_remove(int stagingfd, struct err *e);

/* Write a value unless its file exists. An existing file is always complete. */
enum rc long_values_write(
    int stagingfd, const char *sha256, struct span bytes, struct err *e);

/* Append all values to m->fields, sorted by digest. */
enum rc long_values_list(int stagingfd, struct manifest *m, struct err *e);

#endif
