/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream: bytes that come block by block, once. The only type for bytes that
 * are not simply a file: standard input, members of archives, and what wraps
 * them. A stream is passed by value and owns nothing.
 */
#ifndef INPUT_STREAM_H
#define INPUT_STREAM_H

#include "util/err.h"
#include "util/span.h"

struct stream {
	/* Returns the next block, which is valid until the next call. RC_END
	 * at the end; RC_SKIP if the rest cannot be read. Blocks may be
	 * empty. */
	enum rc (*next)(void *ctx, struct span *block, struct err *e);
	void *ctx;
};

static inline enum rc
stream_next(struct stream s, struct span *block, struct err *e)
{
	return s.next(s.ctx, block, e);
}

/* A descriptor that is read from its present position to its end. */
struct stream_file;

/* The descriptor stays its owner's; `name` is for messages and borrowed. */
enum rc stream_file_create(
    struct stream_file **fp, int fd, const char *name, struct err *e);
void stream_file_destroy(struct stream_file *f); /* takes NULL */

/* A signal that interrupts the reading is RC_FATAL with WHY_STOPPED: the writer
 * of a pipe may never write again. */
struct stream stream_of_file(struct stream_file *f);

/* A stream whose first bytes were read ahead. */
struct stream_peek {
	struct stream from;
	struct span head; /* the bytes read ahead, until they are returned */
	struct span rest; /* the rest of the block that they end in */
	enum rc rc;       /* the result of the last read, and its reason */
	struct err why;
};

/* Copies the first bytes of a stream, at most `room`, to `to` and returns them.
 * A failure is reported where it belongs, behind the bytes before it. */
struct span stream_peek_read(
    struct stream_peek *p, struct stream from, uint8_t *to, size_t room);

/* The whole stream, from its first byte. */
struct stream stream_of_peek(struct stream_peek *p);

#endif
