/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Temporary files without a name: what a killed run leaves is gone with it.
 */
#ifndef UTIL_SCRATCH_H
#define UTIL_SCRATCH_H

#include "util/err.h"

/* Open one for reading and writing, in the folder dirfd or, if that is -1,
 * in `dir`. *fd is -1 after a failure. */
enum rc scratch_open(int *fd, int dirfd, const char *dir, struct err *e);

#endif
