/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder fields/ of a staging directory: long values, each in a file whose
 * name is its SHA-256. The folder is there when there is one. Used by
 * stage/writer.c and stage/staging_dir.c only.
 */
#ifndef STAGE_LONG_VALUES_H
#define STAGE_LONG_VALUES_H

#include "stage/manifest.h"
#include "util/err.h"
#include "util/span.h"

#define FIELDS_DIR "fields"

/* Refuse a folder that has something else in it; remove what it has, and it.
 * Both are content when there is none. */
enum rc long_values_check(int stagingfd, struct err *e);
enum rc long_values_remove(int stagingfd, struct err *e);

/* Write a value, unless it is there: what has its name is whole. */
enum rc long_values_write(
    int stagingfd, const char *sha256, struct span bytes, struct err *e);

/* Append all of them to m->fields. */
enum rc long_values_list(int stagingfd, struct manifest *m, struct err *e);

#endif
