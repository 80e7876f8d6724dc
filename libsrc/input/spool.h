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

/* Where copies go. Its limit is one for all copies that exist at a time. */
struct spool {
	int dirfd; /* a folder, or -1; see util/scratch.h */
	struct scratch *scratch;
	uint64_t max;                      /* bytes of all copies */
	uint64_t used;                     /* bytes of the existing ones */
	const volatile sig_atomic_t *stop; /* if not NULL: fail once not 0 */
};

/* A copy. */
struct spool_file {
	int fd; /* -1: none */
	uint64_t bytes;
};

/* Copies a stream to its end. `name` is for messages. RC_SKIP: the limit is
 * reached (WHY_LIMIT), or the stream broke off, and the copy has what came
 * before. In any case the file is to be given back. */
enum rc spool_copy(struct spool *s, struct stream from, const char *name,
    struct spool_file *to, struct err *e);

/* Closes a copy, if there is one. */
void spool_close(struct spool *s, struct spool_file *f);

#endif
