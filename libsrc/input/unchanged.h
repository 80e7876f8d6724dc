/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks whether a file changed while it was read.
 */
#ifndef INPUT_UNCHANGED_H
#define INPUT_UNCHANGED_H

#include <sys/stat.h>

#include "util/err.h"

/* RC_SKIP if the size or the times of the file differ from `before`. */
enum rc unchanged_check(
    int fd, const char *name, const struct stat *before, struct err *e);

#endif
