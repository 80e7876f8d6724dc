/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream: bytes that can be read once, block by block. It is the type of all
 * bytes that are not simply a file: standard input, members of archives, and
 * streams that wrap another one. A stream is passed by value and owns nothing.
 */
#ifndef INPUT_STREAM_H
#define INPUT_STREAM_H

#include "util/err.h"
#include "util/span.h"

struct stream {
	/* Returns the next block, which is valid until the next call and may be
	 * empty. RC_END at the end of the stream; RC_SKIP if the rest cannot be
	 * read. */
	enum rc (*next)(void *ctx, struct span *block, struct err *e);
	void *ctx;
};

static inline enum rc
stream_next(struct stream s, struct span *block, struct err *e)
{
	return s.next(s.ctx, block, e);
}

/* A descriptor that is read from its current position to its end. */
struct stream_file;

/* The caller closes the descriptor; `name` is for messages and borrowed. */
enum rc stream_file_create(
    struct stream_file **fp, int fd, const char *name, struct err *e);
void stream_file_destroy(struct stream_file *f); /* f may be NULL */

/* Returns the bytes of the descriptor as a stream. If a signal interrupts the
 * reading of a pipe or a terminal, the result is RC_FATAL with WHY_STOPPED: its
 * writer may never write again. */
struct stream stream_of_file(struct stream_file *f);

/* A stream whose first bytes were read ahead. */
struct stream_peek {
	struct stream from;
	struct span head; /* bytes read ahead that were not returned yet */
	struct span rest; /* rest of the block in which `head` ends */
	/* Result of the last read; if it failed, `why` has the reason. */
	enum rc rc;
	struct err why;
};

/* Copies the first bytes of a stream, at most `room`, to `to` and returns them.
 * A failure is reported by stream_of_peek(), after the bytes before it. */
struct span stream_peek_read(
    struct stream_peek *p, struct stream from, uint8_t *to, size_t room);

/* Returns the whole stream, from its first byte. */
struct stream stream_of_peek(struct stream_peek *p);

#endif
