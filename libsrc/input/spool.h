/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Temporary copies of streams that must be read as files. The files have no
 * names, so they are gone when they are closed or the program is killed.
 */
#ifndef INPUT_SPOOL_H
#define INPUT_SPOOL_H

#include <signal.h>
#include <stdint.h>

#include "input/stream.h"
#include "util/scratch.h"

/* Where copies are stored. The limit is for all copies that exist at the same
 * time. */
struct spool {
	int dirfd; /* folder for the copies; -1: that of `scratch` */
	struct scratch *scratch;
	uint64_t max;  /* maximum size of all copies in bytes */
	uint64_t used; /* size of the existing copies in bytes */
	const volatile sig_atomic_t
	    *stop; /* if not NULL: copying stops once *stop is not 0 */
};

/* A temporary copy. */
struct spool_file {
	int fd; /* descriptor of the copy; -1: there is no copy */
	uint64_t bytes;
};

/* Copy a stream to its end. `name` is for messages. RC_SKIP if the limit is
 * reached (WHY_LIMIT), or if the rest of the stream cannot be read: the copy
 * then has the bytes before that. The caller closes the copy in any case. */
enum rc spool_copy(struct spool *s, struct stream from, const char *name,
    struct spool_file *to, struct err *e);

/* Close a copy, if there is one. */
void spool_close(struct spool *s, struct spool_file *f);

#endif
