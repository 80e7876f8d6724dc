/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A look at the first bytes of a source before it is read.
 */
#ifndef INPUT_PEEK_H
#define INPUT_PEEK_H

#include <stddef.h>

#include "input/blocks.h"

/* A stream whose first bytes come again. */
struct peek {
	struct blocks below;
	struct span head; /* what was looked at and not lent yet */
	struct span rest; /* of the block that it came from */
	enum rc rc;       /* how the stream answered then, and why */
	struct err why;
};

/* Copy the first bytes, as many as there are and have room, to `to`. A failure
 * is told by the block that it belongs to. */
struct span peek_stream(
    struct peek *p, struct blocks below, uint8_t *to, size_t room);
enum rc peek_block(void *peek, struct span *block, struct err *e);

/* The same of a file; nothing of what cannot be read. It stays open as *fd, to
 * be closed by the caller; -1: it cannot be opened. */
struct span peek_file(const char *path, int *fd, uint8_t *to, size_t room);

#endif
