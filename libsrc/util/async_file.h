/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Large files that are written once, from start to end, one after the other.
 *
 * A thread of its own writes them in blocks past the page cache: copying lines
 * into the cache costs more than making them, and nobody reads them again soon.
 * Where the file system has no such way (O_DIRECT), the blocks go through the
 * cache and are sent to the disk at once.
 *
 * All calls come from one thread. A failure to write is reported by
 * async_file_wait() at the latest, and stays.
 */
#ifndef UTIL_ASYNC_FILE_H
#define UTIL_ASYNC_FILE_H

#include <stdbool.h>

#include "util/err.h"
#include "util/span.h"

/* Bytes of a name in messages, with the NUL. */
#define ASYNC_FILE_NAME_MAX 64U

struct async_file;

enum rc async_file_create(struct async_file **op, struct err *e);

/* Waits for what is being written, and leaves it as it is. Takes NULL. */
void async_file_destroy(struct async_file *o);

/* Take over a descriptor of a new, empty file. */
void async_file_begin(struct async_file *o, int fd, const char *name);

/* The same for a file of which `written` bytes, whole blocks, are there; its
 * descriptor stands behind them. */
#define ASYNC_FILE_BLOCK ((size_t)1 << 20)
void async_file_resume(
    struct async_file *o, int fd, const char *name, uint64_t written);

/* When this succeeds, what was ended and the whole blocks of the open file are
 * on the disk. What is behind those is in *rest until more is added. */
enum rc async_file_sync(struct async_file *o, struct span *rest, struct err *e);

/* Whether one was begun and not ended. */
bool async_file_is_open(const struct async_file *o);

/* Append bytes; they are copied. */
enum rc async_file_add(struct async_file *o, struct span s, struct err *e);

/* Nothing more comes: it is written, synced and closed while the caller goes
 * on. */
enum rc async_file_end(struct async_file *o, struct err *e);

/* When this succeeds, all files that were ended are on the disk. */
enum rc async_file_wait(struct async_file *o, struct err *e);

#endif
