/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream that is read once, like standard input, with a look at its first
 * bytes before.
 */
#ifndef INPUT_STREAM_H
#define INPUT_STREAM_H

#include "util/err.h"
#include "util/span.h"

struct stream;

/* fd stays its owner's; `name` is for messages, borrowed. */
enum rc stream_create(
    struct stream **sp, int fd, const char *name, struct err *e);
void stream_destroy(struct stream *s); /* takes NULL */

/* The first bytes, 512 at least if there are so many; they come again. Before
 * the first stream_block() only. */
enum rc stream_head(struct stream *s, struct span *head, struct err *e);

/* The next block, valid until the next call. RC_END at the end; RC_SKIP: the
 * rest cannot be read; RC_FATAL with WHY_STOPPED after a signal. */
enum rc stream_block(void *stream, struct span *block, struct err *e);

#endif
