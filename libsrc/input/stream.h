/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A descriptor that is read once to its end, like standard input.
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

/* The next block, valid until the next call. RC_END at the end; RC_SKIP: the
 * rest cannot be read; RC_FATAL with WHY_STOPPED after a signal. */
enum rc stream_block(void *stream, struct span *block, struct err *e);

#endif
