/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads one .evtx log from its first byte to its last. Each byte is digested
 * once. A file is opened read-only, and its size and times are compared after
 * it was read. A stream provides its bytes block by block.
 */
#ifndef CONVERT_SOURCE_H
#define CONVERT_SOURCE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "evtx/chunk.h"
#include "input/stream.h"
#include "util/digest_thread.h"

/* A stream that is read as a source. */
struct source_stream {
	struct stream from;
	uint8_t *carry; /* room for as many bytes as are read at a time */
};

/* Buffers the bytes of a stream for its reader. */
struct source_tap {
	/* Bytes of the current block that are not consumed yet. */
	struct span ahead;
	struct span last; /* bytes that source_read() returned last */
	/* Number of bytes in `carry` that are not consumed yet. */
	size_t carried;
	bool ended; /* the stream has ended */
	/* Error to report after the bytes that were read before it. */
	struct err failed;
};

struct source {
	const char *path; /* path of the source, borrowed */
	int fd; /* descriptor of the file; -1: the source is a stream */
	/* The stream, borrowed; NULL: the source is a file. */
	const struct source_stream *stream;
	struct source_tap tap; /* buffers of the stream */
	struct stat before;    /* status of a file when it was opened */
	uint64_t at;           /* offset of the next byte to read */
	uint64_t hashed;       /* number of bytes that were digested */
	struct chunk_file_header header;
	/* Thread that digests the source, borrowed; NULL: no digest is made. */
	struct digest_thread *digest;
};

/* Bytes of a source, from offset `off`. */
struct source_bytes {
	uint8_t *p; /* memory of the caller, with room for `cap` bytes */
	size_t cap;
	size_t n;
	uint64_t off;
	bool end; /* these are the last bytes of the source */
	/* Number of bytes from `off` to the end of the source; UINT64_MAX:
	 * unknown. */
	uint64_t left;
	/* Result of digest_thread_add(): the bytes may change after
	 * digest_thread_wait() has returned for it. 0: not added to a digest.
	 */
	uint64_t mark;
};

/* Read the header block from the first bytes of a source,
 * CHUNK_FILE_HEADER + CHUNK_HEADER or all that it has. If a part of the block
 * is missing, the first chunk starts before its usual offset. Returns the
 * offset where chunks should start. */
size_t source_read_header(struct chunk_file_header *h, struct span head);

/* Open a source and read its header block. Then s->at is the offset where
 * chunks should start. RC_SKIP: the source cannot be read, or it is empty.
 * `name` is for messages. source_close() closes the descriptor. */
enum rc source_open(
    struct source *s, const char *path, struct digest_thread *d, struct err *e);
enum rc source_open_fd(struct source *s, int fd, const char *name,
    struct digest_thread *d, struct err *e);
enum rc source_open_stream(struct source *s, const struct source_stream *stream,
    const char *name, struct digest_thread *d, struct err *e);
void source_close(struct source *s);

/* True if the source could be opened and has 0 bytes. */
bool source_is_empty(const struct source *s);

/* Read bytes from offset s->at, as many as there is room for. RC_END at the end
 * of the source; RC_SKIP if the bytes cannot be read. */
enum rc source_read(struct source *s, struct source_bytes *b, struct err *e);

/* Consume n of the bytes that were read last: the next read starts behind them.
 */
void source_advance(struct source *s, size_t n);

/* After the end was reached, get the digest of all bytes, if one is made.
 * RC_SKIP if the file has changed since it was opened. */
enum rc source_finish(struct source *s, char sha256[DIGEST_HEX], struct err *e);

/* The position in a source up to which it was read, for checkpoints. */
struct source_point {
	uint64_t at;
	uint64_t hashed;
	struct chunk_file_header header;
	struct digest_state digest;
};

enum rc source_point_of(
    struct source *s, struct source_point *p, struct err *e);

/* Continue a source that was just opened at a point; a stream is read up to it.
 * RC_SKIP: the source is shorter. */
enum rc source_resume(
    struct source *s, const struct source_point *p, struct err *e);

/* Read a file only to make its digest. RC_SKIP if it cannot be read, is empty
 * or has changed. The descriptor stays open. */
enum rc source_digest(const char *path, struct digest_thread *d,
    char sha256[DIGEST_HEX], struct err *e);
enum rc source_digest_fd(int fd, const char *name, struct digest_thread *d,
    char sha256[DIGEST_HEX], struct err *e);

#endif
