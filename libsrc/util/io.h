/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files: whole reads and writes that survive EINTR and short counts, and the
 * atomic publication of a finished thing under its name.
 */
#ifndef UTIL_IO_H
#define UTIL_IO_H

#include <dirent.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/buf.h"
#include "util/err.h"
#include "util/span.h"

/* Write all of s, or fail naming `what`. */
enum rc io_write(int fd, struct span s, const char *what, struct err *e);

/* Read up to n bytes at off into p. What came is in *got: less than n only at
 * the end of the file. A read error names the errno and the place. */
struct io_read {
	int fd;
	uint64_t off;
	uint8_t *p;
	size_t n;
	const char *name; /* for the message */
};

enum rc io_pread(const struct io_read *r, size_t *got, struct err *e);

/* Append the whole file to b; RC_FATAL with WHY_LIMIT beyond b's maximum. */
enum rc io_slurp(int dirfd, const char *name, struct buf *b, struct err *e);

/* Sync fd, give the file `tmp` of dirfd its final `name`, sync the folder. A
 * thing without its final name does not exist. */
enum rc io_publish(
    int dirfd, int fd, const char *tmp, const char *name, struct err *e);

/* Write s as a whole new file `name` (0600), replacing an old one at once:
 * after a crash there is the old or the new, never a half. */
enum rc io_write_file(
    int dirfd, const char *name, struct span s, struct err *e);

/* Have n bytes of a file written to the disk soon, so that a later fsync() has
 * less to wait for. Only a hint. */
void io_flush_soon(int fd, uint64_t off, uint64_t n);

/* Cut a file to n bytes, and stand behind them. WHY_TAMPERED if it has less:
 * it is not what a checkpoint says. */
enum rc io_go_back(int fd, uint64_t n, const char *name, struct err *e);

/* Sync a folder so that names given in it last. */
enum rc io_sync_dir(int dirfd, const char *what, struct err *e);

/* The next name in a folder, but for "." and ".."; RC_END: there is no more. A
 * folder that cannot be read to its end is no shorter one. */
enum rc io_next_name(
    DIR *d, const char *what, const char **name, struct err *e);

/* Create (0700) if needed and open the folder `name` below dirfd. */
enum rc io_open_dir(int dirfd, const char *name, int *fd, struct err *e);

#endif
