/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Temporary files without a name: they disappear when a run is killed.
 */
#ifndef UTIL_SCRATCH_H
#define UTIL_SCRATCH_H

#include <stddef.h>

#include "util/err.h"

#define SCRATCH_READY_MAX 8

/* Where they are created. Files that were opened in advance are used first, so
 * a sandbox needs no writable folder. Not thread-safe. */
struct scratch {
	const char *dir; /* borrowed */
	int ready[SCRATCH_READY_MAX];
	size_t n; /* entries of `ready` */
};

/* Open as many as `ready` holds. If none can be created, the later
 * scratch_open() reports it. */
void scratch_prepare(struct scratch *s);

/* Close the unused ones. */
void scratch_close(struct scratch *s);

/* Open a temporary file for reading and writing, in the folder dirfd or, if
 * that is -1, where s says. *fd is -1 after a failure. */
enum rc scratch_open(int *fd, int dirfd, struct scratch *s, struct err *e);

#endif
