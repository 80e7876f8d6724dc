/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks whether a file changed while it was read.
 */
#ifndef INPUT_UNCHANGED_H
#define INPUT_UNCHANGED_H

#include <sys/stat.h>

#include "util/err.h"

/* RC_SKIP if size or times of the file are no longer those of `before`. */
enum rc unchanged_check(
    int fd, const char *name, const struct stat *before, struct err *e);

#endif
