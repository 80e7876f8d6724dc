/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A byte buffer that grows up to a given maximum.
 *
 * Writers reserve the worst case once and then write without checks. A failed
 * reservation sets `full`, and later writes do nothing. So a caller renders a
 * whole line and checks once; if it failed, buf_cut() removes the incomplete
 * line.
 */
#ifndef UTIL_BUF_H
#define UTIL_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"
#include "util/span.h"

struct buf {
	uint8_t *p;
	size_t n;     /* number of bytes in use */
	size_t cap;   /* number of bytes allocated */
	size_t max;   /* maximum of `cap` */
	bool full;    /* a reservation failed: the content is incomplete */
	bool starved; /* it failed for lack of memory, not for the maximum */
};

/* Initialize an empty buffer. Memory is allocated by the first reservation. */
void buf_init(struct buf *b, size_t max);

/* Free the bytes and make b empty again, with the same maximum. */
void buf_reset(struct buf *b);

/* Like buf_reset(), but overwrite the bytes first: for secrets. */
void buf_wipe(struct buf *b);

/* Reserve n more bytes and return the address of the first. The caller writes
 * there and adds the number of bytes written to b->n. On failure: NULL, and
 * `full` is set. */
uint8_t *buf_room(struct buf *b, size_t n);

/* Append bytes or text. If `full` is set, these functions do nothing. */
void buf_put(struct buf *b, struct span s);
void buf_str(struct buf *b, const char *s);
void buf_byte(struct buf *b, uint8_t c);
void buf_u64(struct buf *b, uint64_t n); /* append n in decimal */

/* Append formatted text; for messages, not for records. */
void buf_fmt(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Report why `full` is set: WHY_MEMORY, or WHY_LIMIT with the maximum. `what`
 * names the content in the message. Returns RC_FATAL; a caller that can
 * continue without the content must change e->rc. */
enum rc buf_fail(const struct buf *b, const char *what, struct err *e);

/* Shorten the content to n bytes, and clear `full`. */
void buf_cut(struct buf *b, size_t n);

/* Free the memory that is not in use. */
void buf_trim(struct buf *b);

static inline struct span
buf_span(const struct buf *b)
{
	return span_of(b->p, b->n);
}

/* Remove the first n bytes of the content. */
void buf_drop(struct buf *b, size_t n);

#endif
