/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing run of bytes, and the one way this program gives up.
 *
 * The bytes belong to the buffer; `buf_reset` keeps the memory, `buf_free`
 * gives it back and takes a zeroed buffer too. Integers are put little-endian,
 * as everything in an .evtx file is. No call fails: without memory the program
 * ends, for nothing here is worth saving.
 */
#ifndef MKEVTX_BUF_H
#define MKEVTX_BUF_H

#include <stddef.h>
#include <stdint.h>

struct buf {
	uint8_t *p;
	size_t n;
	size_t cap;
};

void buf_reset(struct buf *b);
void buf_free(struct buf *b);
void buf_put(struct buf *b, const void *bytes, size_t n);
void buf_str(struct buf *b, const char *text);
void buf_u8(struct buf *b, unsigned v);
void buf_u16(struct buf *b, unsigned v);
void buf_u32(struct buf *b, uint32_t v);
void buf_u64(struct buf *b, uint64_t v);

/* Formats at most 255 bytes of ASCII. */
void buf_fmt(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts the 16-bit units of an ASCII text. */
void buf_wide(struct buf *b, const char *ascii);

/* Reads `n` (at most 8) bytes at `p` as a little-endian number. */
uint64_t buf_get(const uint8_t *p, size_t n);

/* Prints "mkevtx: ..." to standard error and ends with `status`. */
_Noreturn void buf_die(int status, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
