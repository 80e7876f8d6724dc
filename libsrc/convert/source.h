/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One .evtx file read once from its first byte to its last: header block,
 * then pieces of 64 KiB at the places where chunks are. Every byte goes into
 * the digest. The file is opened read-only; its size and times are compared
 * when it has been read.
 */
#ifndef CONVERT_SOURCE_H
#define CONVERT_SOURCE_H

#include <sys/stat.h>

#include "evtx/chunk.h"
#include "util/digest.h"
#include "util/err.h"

struct source {
	const char *path; /* borrowed */
	int fd;
	struct stat before;
	uint64_t at; /* the next byte to read */
	struct chunk_file header;
	struct digest *digest; /* borrowed */
};

/* Open it and read the header block. RC_SKIP: it cannot be read, or there is
 * nothing in it. */
enum rc source_open(
    struct source *s, const char *path, struct digest *d, struct err *e);
void source_close(struct source *s);

/* Read the next piece of at most CHUNK_BYTES to `into`; *n bytes came from
 * offset *off. RC_END at the end. RC_SKIP: the rest cannot be read. */
enum rc source_piece(
    struct source *s, uint8_t *into, size_t *n, uint64_t *off, struct err *e);

/* After the end: the digest of what was read. RC_SKIP if the file is not what
 * it was when it was opened. */
enum rc source_finish(struct source *s, char sha256[DIGEST_HEX], struct err *e);

#endif
