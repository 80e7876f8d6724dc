/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Temporary files without a name: what a killed run leaves is gone with it.
 */
#ifndef UTIL_SCRATCH_H
#define UTIL_SCRATCH_H

#include <stddef.h>

#include "util/err.h"

#define SCRATCH_READY_MAX 8

/* Where they are made. Files that were opened beforehand are used first: a
 * sandbox then needs no folder to write to. Of one thread. */
struct scratch {
	const char *dir; /* borrowed */
	int ready[SCRATCH_READY_MAX];
	size_t n; /* of `ready` */
};

/* Open as many as there is room for. Where none can be made, who needs one is
 * told by scratch_open(). */
void scratch_prepare(struct scratch *s);

/* Close those that nobody used. */
void scratch_close(struct scratch *s);

/* Open one for reading and writing, in the folder dirfd or, if that is -1,
 * where s says. *fd is -1 after a failure. */
enum rc scratch_open(int *fd, int dirfd, struct scratch *s, struct err *e);

#endif
