/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SHA-256 of an archive's own bytes, including those outside its members.
 * Of a file it is made before the members are read; of a stream while they are.
 */
#ifndef INPUT_ARCHIVE_SUM_H
#define INPUT_ARCHIVE_SUM_H

#include <signal.h>
#include <sys/stat.h>

#include "input/stream.h"
#include "util/digest.h"

struct archive_sum {
	/* Set by the caller. */
	const volatile sig_atomic_t *stop; /* NULL, or stop once not 0 */
	void (*progress)(void *ctx);       /* while only the digest is made */
	void *ctx;

	char sha256[DIGEST_HEX]; /* "": not known yet, or not at all */
	uint64_t size;           /* bytes of the archive */
	uint64_t read;           /* bytes of all archives read for this only */
	struct err broken;       /* why it could not be read, if so */

	/* Private. */
	struct stat before;
	struct stream from;
	struct digest *digest;
};

/* Make the digest of a file. A failure to read it is kept in `broken`; RC_SKIP:
 * the file cannot be used at all. */
enum rc archive_sum_file(
    struct archive_sum *s, int fd, const char *name, struct err *e);
/* After its members were read: `broken` if the file was changed meanwhile. */
void archive_sum_file_end(struct archive_sum *s, int fd, const char *name);

/* Replace *stream by one that adds what is read to the digest. */
enum rc archive_sum_stream(
    struct archive_sum *s, struct stream *stream, struct err *e);
/* Read the rest of the stream for the digest. */
enum rc archive_sum_stream_end(struct archive_sum *s, struct err *e);

/* Forget one archive, also of a zeroed struct. */
void archive_sum_reset(struct archive_sum *s);

#endif
