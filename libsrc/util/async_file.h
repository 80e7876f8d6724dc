/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes large files once, from start to end, one file after the other.
 *
 * A thread writes them in blocks past the page cache: copying lines into the
 * cache costs more than rendering them, and nobody reads them soon. Where the
 * file system does not support this (O_DIRECT), the blocks go through the cache
 * and are flushed at once.
 *
 * All calls come from one thread. A failed write is reported by
 * async_file_wait() at the latest, and remains.
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

/* Waits for the blocks that are being written; incomplete files stay. Takes
 * NULL. */
void async_file_destroy(struct async_file *o);

/* Start a new, empty file. The descriptor is owned from now on. */
void async_file_begin(struct async_file *o, int fd, const char *name);

/* Continue a file that has `written` bytes, whole blocks; its descriptor is
 * positioned after them. */
#define ASYNC_FILE_BLOCK ((size_t)1 << 20)
void async_file_resume(
    struct async_file *o, int fd, const char *name, uint64_t written);

/* On success, all ended files and the whole blocks of the open file are on the
 * disk. The bytes after those blocks are in *rest, valid until more are added.
 */
enum rc async_file_sync(struct async_file *o, struct span *rest, struct err *e);

/* True if a file was started and not ended. */
bool async_file_is_open(const struct async_file *o);

/* Append bytes; they are copied. */
enum rc async_file_add(struct async_file *o, struct span s, struct err *e);

/* End the file. It is written, synced and closed in the background. */
enum rc async_file_end(struct async_file *o, struct err *e);

/* On success, all ended files are on the disk. */
enum rc async_file_wait(struct async_file *o, struct err *e);

#endif
