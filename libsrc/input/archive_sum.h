/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SHA-256 of an archive's own bytes, including those outside its members.
 * For a file it is computed before the members are read, for a stream while
 * they are read.
 */
#ifndef INPUT_ARCHIVE_SUM_H
#define INPUT_ARCHIVE_SUM_H

#include <signal.h>
#include <sys/stat.h>

#include "input/stream.h"
#include "util/digest.h"

struct archive_sum {
	/* Members that the caller sets. */
	const volatile sig_atomic_t
	    *stop; /* if not NULL: reading stops once *stop is not 0 */
	/* If not NULL: called while the archive is read only for its digest. */
	void (*progress)(void *ctx);
	void *ctx;

	/* Digest as hex; "": not known yet, or not computed. */
	char sha256[DIGEST_HEX];
	uint64_t size; /* size of the archive in bytes */
	/* Bytes of all archives that were read only for the digest. */
	uint64_t read;
	/* Why the archive could not be read; RC_OK: it was read. */
	struct err broken;

	/* Members that only input/archive_sum.c uses. */
	struct stat before;
	struct stream from;
	struct digest *digest;
};

/* Compute the digest of a file. A failed read is stored in `broken`; RC_SKIP if
 * the file cannot be used at all. */
enum rc archive_sum_file(
    struct archive_sum *s, int fd, const char *name, struct err *e);
/* Call after the members were read: sets `broken` if the file changed
 * meanwhile. */
void archive_sum_file_end(struct archive_sum *s, int fd, const char *name);

/* Replace *stream by a stream that also adds its bytes to the digest. */
enum rc archive_sum_stream(
    struct archive_sum *s, struct stream *stream, struct err *e);
/* Read the rest of the stream for the digest. */
enum rc archive_sum_stream_end(struct archive_sum *s, struct err *e);

/* Clear the results of one archive and free its digest; the struct may be
 * zeroed. */
void archive_sum_reset(struct archive_sum *s);

#endif
