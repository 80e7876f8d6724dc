/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files: reads and writes that continue after EINTR and short counts, and the
 * atomic publication of a finished file under its name.
 */
#ifndef UTIL_IO_H
#define UTIL_IO_H

#include <dirent.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/buf.h"
#include "util/err.h"
#include "util/span.h"

/* Write all of s. The message of a failure names `what`. */
enum rc io_write(int fd, struct span s, const char *what, struct err *e);

/* Read n bytes at offset off into p. *got, the number of bytes read, is less
 * than n only at the end of the file. The message of a failure names the file,
 * the offset and the reason. */
struct io_read {
	int fd;
	uint64_t off;
	uint8_t *p;
	size_t n;
	const char *name; /* name of the file in messages */
};

enum rc io_pread(const struct io_read *r, size_t *got, struct err *e);

/* Append a whole file to b. WHY_LIMIT: the file does not fit within b's
 * maximum. */
enum rc io_slurp(int dirfd, const char *name, struct buf *b, struct err *e);

/* Publish a file: sync it, rename `tmp` in the folder dirfd to `name`, and sync
 * the folder. A file without its final name does not count as written. */
enum rc io_publish(
    int dirfd, int fd, const char *tmp, const char *name, struct err *e);

/* Replace the file `name` by s, with mode 0600. This is atomic: after a crash
 * the old or the new file exists, never a part. */
enum rc io_write_file(
    int dirfd, const char *name, struct span s, struct err *e);

/* Start writing n bytes of a file to the disk, so that a later fsync() takes
 * less time. Only a hint. */
void io_flush_soon(int fd, uint64_t off, uint64_t n);

/* Truncate a file to n bytes, its length at a checkpoint, and move to its end.
 * WHY_TAMPERED: the file is shorter. */
enum rc io_go_back(int fd, uint64_t n, const char *name, struct err *e);

/* Sync a folder, so that new names in it are permanent. */
enum rc io_sync_dir(int dirfd, const char *what, struct err *e);

/* Read the next name in a folder; "." and ".." are skipped. RC_END after the
 * last name. A read that fails is RC_FATAL, not RC_END. */
enum rc io_next_name(
    DIR *d, const char *what, const char **name, struct err *e);

/* Open the folder `name` in dirfd. If it does not exist, create it with mode
 * 0700. */
enum rc io_open_dir(int dirfd, const char *name, int *fd, struct err *e);

#endif
