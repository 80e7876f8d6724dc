/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes large files once, from start to end, one file after the other.
 *
 * A thread writes the files in blocks and bypasses the page cache (O_DIRECT):
 * copying lines into the cache costs more than rendering them, and the files
 * are not read soon. If the file system does not support O_DIRECT, the blocks
 * go through the cache and are flushed at once.
 *
 * All calls must come from one thread. A failed write is reported by
 * async_file_wait() at the latest, and again by each later one.
 */
#ifndef UTIL_ASYNC_FILE_H
#define UTIL_ASYNC_FILE_H

#include <stdbool.h>

#include "util/err.h"
#include "util/span.h"

/* Longest file name in messages, with the NUL. */
#define ASYNC_FILE_NAME_MAX 64U

struct async_file;

enum rc async_file_create(struct async_file **op, struct err *e);

/* Wait until all submitted blocks are written, close all files and free o.
 * Incomplete files are not removed. Takes NULL. */
void async_file_destroy(struct async_file *o);

/* Start a new, empty file. o takes ownership of the descriptor. `name` is for
 * messages. */
void async_file_begin(struct async_file *o, int fd, const char *name);

/* Continue a file that has `written` bytes, a multiple of ASYNC_FILE_BLOCK. The
 * descriptor must be positioned after them. */
#define ASYNC_FILE_BLOCK ((size_t)1 << 20)
void async_file_resume(
    struct async_file *o, int fd, const char *name, uint64_t written);

/* Wait until all ended files and the whole blocks of the open file are on the
 * disk. *rest is set to the bytes after those blocks. They are valid until more
 * bytes are added. */
enum rc async_file_sync(struct async_file *o, struct span *rest, struct err *e);

/* Append bytes; they are copied. */
enum rc async_file_add(struct async_file *o, struct span s, struct err *e);

/* Get the memory for the next bytes of the file. *n is reduced to its size if
 * that is smaller; it is at least 1. async_file_fill() appends the first n
 * bytes of that memory, which the caller has written, without copying them. */
uint8_t *async_file_room(struct async_file *o, size_t *n);
enum rc async_file_fill(struct async_file *o, size_t n, struct err *e);

/* End the file. The thread writes, syncs and closes it. */
enum rc async_file_end(struct async_file *o, struct err *e);

/* Wait until all ended files are on the disk. */
enum rc async_file_wait(struct async_file *o, struct err *e);

#endif
