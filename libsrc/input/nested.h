/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes as a stream, a member of an archive or standard input, and may be
 * an archive itself. Its first bytes say so, and come again.
 *
 * zip and tar are read as they come. A 7z has its list of members at its end:
 * it is copied into a temporary file without a name, which is gone when it is
 * closed.
 */
#ifndef INPUT_NESTED_H
#define INPUT_NESTED_H

#include <signal.h>

#include "input/magic.h"
#include "input/unpack.h"

/* Levels of archives inside an archive that is a file, at most. */
#define NESTED_MAX 8U

/* Where copies go, one for all that are there at the same time. */
struct nested_spool {
	int dirfd; /* see util/scratch.h */
	struct scratch *scratch;
	uint64_t max;                      /* bytes of all together */
	uint64_t used;                     /* of them */
	const volatile sig_atomic_t *stop; /* stop when it is not 0; or NULL */
};

struct nested {
	struct stream_peek peek;
	uint8_t head[MAGIC_BYTES];
	enum magic magic;
	bool log;          /* it begins like one */
	struct span first; /* what it begins with */
	int fd;            /* the copy, or -1 */
	uint64_t copied;
};

/* Look at what comes. What it fails with is told when it is read. */
void nested_look(struct nested *n, struct stream from);

/* All of it, with what was looked at. */
struct stream nested_stream(struct nested *n);

/* If it is an archive: say in *from where it comes from; its name and its outer
 * archive are the caller's to say before. RC_SKIP: it cannot be copied. */
enum rc nested_open(struct nested *n, struct nested_spool *spool,
    struct unpack_from *from, struct err *e);

/* After nested_look(), when nobody reads it any more. */
void nested_close(struct nested *n, struct nested_spool *spool);

#endif
