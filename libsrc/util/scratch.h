/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Temporary files without a name. They disappear when the program ends, also
 * when it is killed.
 */
#ifndef UTIL_SCRATCH_H
#define UTIL_SCRATCH_H

#include <stddef.h>

#include "util/err.h"

#define SCRATCH_READY_MAX 8

/* The folder in which temporary files are created, and files that were opened
 * in advance. The latter are used first, so that in a sandbox the folder need
 * not be writable. Not thread-safe. */
struct scratch {
	const char *dir; /* path of the folder; borrowed */
	/* Descriptors of files that were opened in advance. */
	int ready[SCRATCH_READY_MAX];
	size_t n; /* number of descriptors in `ready` */
};

/* Open files in advance until `ready` is full. Failures are not reported here
 * but by scratch_open(). */
void scratch_prepare(struct scratch *s);

/* Close the files that were opened in advance and not used. */
void scratch_close(struct scratch *s);

/* Open a temporary file for reading and writing, in the folder dirfd or, if
 * dirfd is -1, in that of s. *fd is -1 after a failure. */
enum rc scratch_open(int *fd, int dirfd, struct scratch *s, struct err *e);

#endif
