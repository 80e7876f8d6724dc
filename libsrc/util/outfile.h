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
 * outfile_wait() at the latest, and stays.
 */
#ifndef UTIL_OUTFILE_H
#define UTIL_OUTFILE_H

#include <stdbool.h>

#include "util/err.h"
#include "util/span.h"

#define OUTFILE_NAME_MAX 64U /* bytes of a name in messages, with the NUL */

struct outfile;

enum rc outfile_create(struct outfile **op, struct err *e);

/* Waits for what is being written, and leaves it as it is. Takes NULL. */
void outfile_destroy(struct outfile *o);

/* Take over a descriptor of a new, empty file. */
void outfile_begin(struct outfile *o, int fd, const char *name);

/* The same for a file of which `written` bytes, whole blocks, are there; its
 * descriptor stands behind them. */
#define OUTFILE_BLOCK ((size_t)1 << 20)
void outfile_resume(
    struct outfile *o, int fd, const char *name, uint64_t written);

/* When this succeeds, what was ended and the whole blocks of the open file are
 * on the disk. What is behind those is in *rest until more is added. */
enum rc outfile_sync(struct outfile *o, struct span *rest, struct err *e);

/* Whether one was begun and not ended. */
bool outfile_is_open(const struct outfile *o);

/* Append bytes; they are copied. */
enum rc outfile_add(struct outfile *o, struct span s, struct err *e);

/* Nothing more comes: it is written, synced and closed while the caller goes
 * on. */
enum rc outfile_end(struct outfile *o, struct err *e);

/* When this succeeds, all files that were ended are on the disk. */
enum rc outfile_wait(struct outfile *o, struct err *e);

#endif
