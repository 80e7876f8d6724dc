/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stores the records that are read at the end of the run, with copies of their
 * chunks, in a file. The file is created with the first chunk, so a run that
 * defers no record writes nothing. Because of the copies no source is read
 * twice, and the bytes are those of the source's digest.
 */
#ifndef CONVERT_DEFERRED_STORE_H
#define CONVERT_DEFERRED_STORE_H

#include "evtx/chunk.h"
#include "util/err.h"
#include "util/state_codec.h"

struct scratch;

/* Maximum number of records in a chunk: a record header has 24 bytes. */
#define DEFERRED_RECORDS_MAX (CHUNK_BYTES / 24)

/* Why a record is deferred. */
enum deferred_kind {
	/* The definition of the record's template is missing. */
	DEFERRED_ORPHAN,
	DEFERRED_HIDDEN, /* another record claims the record's bytes */
	/* The record is an old one in the free space of its chunk. */
	DEFERRED_CARVED,
	/* The record is an old one of a chunk that lies inside another. */
	DEFERRED_INNER,
	DEFERRED_KINDS,
};

struct deferred_record {
	uint32_t offset; /* offset of the record header in the chunk */
	enum deferred_kind kind;
	/* Time of the last record before it that has a time; 0: unknown. */
	uint64_t before;
	/* Of DEFERRED_HIDDEN: id of the record that hides this one, and its
	 * offset in the chunk. */
	uint64_t by_id;
	uint32_t by_offset;
};

struct deferred_chunk {
	size_t source;   /* number of the source that contains the chunk */
	uint64_t offset; /* offset of the chunk in the source */
	size_t n;        /* length of the chunk, at most CHUNK_BYTES */
	size_t n_records;
};

struct deferred_store;

/* The file is `aside` in the folder dirfd or, if that is -1, a file without a
 * name in the folder of `scratch`, which is borrowed. */
enum rc deferred_store_create(struct deferred_store **sp, int dirfd,
    struct scratch *scratch, struct err *e);
void deferred_store_destroy(struct deferred_store *s); /* takes NULL */

/* The number of stored records of a kind. */
uint64_t deferred_store_count(
    const struct deferred_store *s, enum deferred_kind kind);

enum rc deferred_store_put(struct deferred_store *s,
    const struct deferred_chunk *c, const uint8_t *bytes,
    const struct deferred_record *records, struct err *e);

/* Read the chunks from the first one: each call reads the next chunk, its bytes
 * (room for CHUNK_BYTES) and its records (room for DEFERRED_RECORDS_MAX).
 * RC_END after the last chunk. */
void deferred_store_rewind(struct deferred_store *s);
enum rc deferred_store_next(struct deferred_store *s, struct deferred_chunk *c,
    uint8_t *bytes, struct deferred_record *records, struct err *e);

/* For checkpoints, only if dirfd is not -1. Writing syncs the file to disk.
 * Reading truncates the file to its length at the checkpoint; WHY_TAMPERED if
 * its bytes have changed. */
enum rc deferred_store_write_state(
    const struct deferred_store *s, struct state_writer *w, struct err *e);
enum rc deferred_store_read_state(
    struct deferred_store *s, struct state_reader *r, struct err *e);

#endif
