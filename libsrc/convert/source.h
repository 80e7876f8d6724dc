/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One .evtx log, read once from its first byte to its last. Each byte goes into
 * the digest once. A file is opened read-only; its size and times are compared
 * when it has been read. A stream lends its bytes block by block.
 */
#ifndef CONVERT_SOURCE_H
#define CONVERT_SOURCE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "evtx/chunk.h"
#include "input/stream.h"
#include "util/digest_thread.h"

/* Where the bytes of a stream come from. */
struct source_stream {
	struct stream from;
	uint8_t *carry; /* with room for the bytes of the largest read */
};

/* Buffers the bytes of a stream for its reader. */
struct source_tap {
	struct span ahead; /* the rest of the current block */
	struct span last;  /* the bytes that were read last, */
	size_t carried;    /* and how many of them were not consumed */
	bool ended;
	struct err failed; /* reported when all bytes before it are read */
};

struct source {
	const char *path;                   /* borrowed */
	int fd;                             /* -1: a stream */
	const struct source_stream *stream; /* borrowed */
	struct source_tap tap;
	struct stat before; /* of a file, when it was opened */
	uint64_t at;        /* offset of the next byte */
	uint64_t hashed;    /* bytes that are in the digest */
	struct chunk_file_header header;
	struct digest_thread *digest; /* borrowed; NULL: none is made */
};

/* Bytes of a source, from offset `off`. */
struct source_bytes {
	uint8_t *p; /* the caller's, with room for `cap` */
	size_t cap;
	size_t n;
	uint64_t off;
	bool end;      /* nothing follows them */
	uint64_t left; /* bytes of the source from `off`, or UINT64_MAX */
	uint64_t mark; /* of the digest: the bytes may change behind it */
};

/* Open a source and read its header block: `at` is then where chunks should
 * start. RC_SKIP: it cannot be read, or it is empty. `name` is for messages; a
 * descriptor is closed by source_close(). */
enum rc source_open(
    struct source *s, const char *path, struct digest_thread *d, struct err *e);
enum rc source_open_fd(struct source *s, int fd, const char *name,
    struct digest_thread *d, struct err *e);
enum rc source_open_stream(struct source *s, const struct source_stream *stream,
    const char *name, struct digest_thread *d, struct err *e);
void source_close(struct source *s);

/* True if it could be opened and has 0 bytes. */
bool source_is_empty(const struct source *s);

/* Read bytes from `at`, as many as there is room for. RC_END at the end;
 * RC_SKIP if what follows cannot be read. */
enum rc source_read(struct source *s, struct source_bytes *b, struct err *e);

/* n bytes of those are consumed: the next read starts behind them. */
void source_advance(struct source *s, size_t n);

/* After the end: the digest of all bytes, if one is made. RC_SKIP if the file
 * is not what it was when it was opened. */
enum rc source_finish(struct source *s, char sha256[DIGEST_HEX], struct err *e);

/* Where a source is that was read in part. */
struct source_point {
	uint64_t at;
	uint64_t hashed;
	struct chunk_file_header header;
	struct digest_state digest;
};

enum rc source_point_of(
    struct source *s, struct source_point *p, struct err *e);

/* Continue at that point; the source was just opened. A stream is read up to
 * there. RC_SKIP: it is shorter. */
enum rc source_resume(
    struct source *s, const struct source_point *p, struct err *e);

/* Read a file only for its digest. RC_SKIP as above. The descriptor stays
 * open. */
enum rc source_digest(const char *path, struct digest_thread *d,
    char sha256[DIGEST_HEX], struct err *e);
enum rc source_digest_fd(int fd, const char *name, struct digest_thread *d,
    char sha256[DIGEST_HEX], struct err *e);

#endif
