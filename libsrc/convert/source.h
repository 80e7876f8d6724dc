/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One .evtx log read once from its first byte to its last. Every byte goes
 * into the digest, once. A file is opened read-only; its size and times are
 * compared when it has been read. A stream lends its bytes block by block.
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
	uint8_t *carry; /* with room for what is read at once */
};

/* What is between a stream and its reader. */
struct source_tap {
	struct span ahead; /* lent and not read yet */
	struct span last;  /* what was read last */
	size_t carried;    /* bytes of it that were not taken */
	bool ended;
	struct err failed; /* to be said when all before is read */
};

struct source {
	const char *path;                   /* borrowed */
	int fd;                             /* -1: a stream */
	const struct source_stream *stream; /* borrowed */
	struct source_tap tap;
	struct stat before;
	uint64_t at;     /* the next byte to take */
	uint64_t hashed; /* bytes that are in the digest */
	struct chunk_file_header header;
	struct digest_thread *digest; /* borrowed; NULL: nobody wants one */
};

/* Bytes of a source, from offset `off`. */
struct source_bytes {
	uint8_t *p; /* the caller's, with room for `cap` */
	size_t cap;
	size_t n;
	uint64_t off;
	bool end;      /* nothing comes behind them */
	uint64_t left; /* in the source, from `off` on, or UINT64_MAX */
	uint64_t mark; /* they may change once the digest is so far */
};

/* Open it and read the header block. RC_SKIP: it cannot be read, or there is
 * nothing in it. Afterwards `at` is where the chunks should start. */
enum rc source_open(
    struct source *s, const char *path, struct digest_thread *d, struct err *e);
/* The same for a file that is open, closed by source_close(), and a stream;
 * `name` is for messages. */
enum rc source_open_fd(struct source *s, int fd, const char *name,
    struct digest_thread *d, struct err *e);
enum rc source_open_stream(struct source *s, const struct source_stream *stream,
    const char *name, struct digest_thread *d, struct err *e);
/* Where a source is that was read in part. */
struct source_point {
	uint64_t at;
	uint64_t hashed;
	struct chunk_file_header header;
	struct digest_state digest;
};

enum rc source_point_of(
    struct source *s, struct source_point *p, struct err *e);

/* Of a source that was just opened: go on at that point. A stream is read up to
 * there. RC_SKIP: it does not come so far. */
enum rc source_resume(
    struct source *s, const struct source_point *p, struct err *e);

/* It was opened, and has 0 bytes. */
bool source_is_empty(const struct source *s);
void source_close(struct source *s);

/* Read ahead from `at`, as much as there is room for. RC_END at the end.
 * RC_SKIP: what comes cannot be read. */
enum rc source_read(struct source *s, struct source_bytes *b, struct err *e);

/* The next read starts n bytes further on. */
void source_advance(struct source *s, size_t n);

/* RC_SKIP if the file is not what it was before. */
enum rc source_check_unchanged(
    int fd, const char *name, const struct stat *before, struct err *e);

/* After the end: the digest of what was read, if there is one. RC_SKIP if the
 * file is not what it was when it was opened. */
enum rc source_finish(struct source *s, char sha256[DIGEST_HEX], struct err *e);

/* The digest of a file that is yet to be converted: reads it whole. RC_SKIP as
 * above. */
enum rc source_digest(const char *path, struct digest_thread *d,
    char sha256[DIGEST_HEX], struct err *e);

#endif
