/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files: reads and writes that survive EINTR and short counts, and the atomic
 * publication of a finished file under its name.
 */
#ifndef UTIL_IO_H
#define UTIL_IO_H

#include <dirent.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/buf.h"
#include "util/err.h"
#include "util/span.h"

/* Write all of s. A failure names `what`. */
enum rc io_write(int fd, struct span s, const char *what, struct err *e);

/* Read up to n bytes at off into p; fewer than n (*got) only at the end of the
 * file. A failure names the file, the offset and the reason. */
struct io_read {
	int fd;
	uint64_t off;
	uint8_t *p;
	size_t n;
	const char *name; /* for messages */
};

enum rc io_pread(const struct io_read *r, size_t *got, struct err *e);

/* Append a whole file to b. RC_FATAL with WHY_LIMIT beyond b's maximum. */
enum rc io_slurp(int dirfd, const char *name, struct buf *b, struct err *e);

/* Publish a file: sync it, rename `tmp` in the folder dirfd to `name`, and sync
 * the folder. A file without its final name does not count as written. */
enum rc io_publish(
    int dirfd, int fd, const char *tmp, const char *name, struct err *e);

/* Replace the file `name` (0600) by s, atomically: after a crash it is the old
 * or the new file, never a part. */
enum rc io_write_file(
    int dirfd, const char *name, struct span s, struct err *e);

/* Start writing n bytes of a file to the disk, so that a later fsync() takes
 * less time. Only a hint. */
void io_flush_soon(int fd, uint64_t off, uint64_t n);

/* Truncate a file to n bytes and move to its end. WHY_TAMPERED if it is shorter
 * than a checkpoint says. */
enum rc io_go_back(int fd, uint64_t n, const char *name, struct err *e);

/* Sync a folder, so that new names in it are permanent. */
enum rc io_sync_dir(int dirfd, const char *what, struct err *e);

/* The next name in a folder, without "." and "..". RC_END after the last one; a
 * failed read is an error, not the end. */
enum rc io_next_name(
    DIR *d, const char *what, const char **name, struct err *e);

/* Create (0700) if needed and open the folder `name` below dirfd. */
enum rc io_open_dir(int dirfd, const char *name, int *fd, struct err *e);

#endif
