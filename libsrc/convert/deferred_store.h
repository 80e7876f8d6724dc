/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is set aside while the run goes on and read at its end: copies of the
 * chunks that hold such records, in a file. It is made with the first chunk, so
 * a run that sets nothing aside writes nothing. The bytes are those that were
 * digested: no source is read twice.
 */
#ifndef CONVERT_DEFERRED_STORE_H
#define CONVERT_DEFERRED_STORE_H

#include "evtx/chunk.h"
#include "util/err.h"
#include "util/state_codec.h"

/* Of one chunk; no two headers are nearer to each other than a header has
 * bytes. */
#define DEFERRED_RECORDS_MAX (CHUNK_BYTES / 24)

/* Why a record is read late. */
enum deferred_kind {
	DEFERRED_ORPHAN, /* its template is missing */
	DEFERRED_HIDDEN, /* by another record */
	DEFERRED_CARVED, /* in free space */
	DEFERRED_INNER,  /* the same, of a chunk that lies inside another one */
	DEFERRED_KINDS,
};

/* A record that is read late. */
struct scratch;
struct deferred_record {
	uint32_t offset; /* of its header in the chunk */
	enum deferred_kind kind;
	uint64_t before;    /* time of the record before it, 0 if unknown */
	uint64_t by_id;     /* of a hidden one: the id in the header of the */
	uint32_t by_offset; /* record that hides it, and its place */
};

struct deferred_chunk {
	size_t source;   /* number of the source */
	uint64_t offset; /* of the chunk in the source */
	size_t n;        /* bytes, at most CHUNK_BYTES */
	size_t n_records;
};

struct deferred_store;

/* The file is `aside` below dirfd or, if that is -1, one without a name in the
 * folder `dir`, which is borrowed. */
enum rc deferred_store_create(struct deferred_store **ap, int dirfd,
    struct scratch *scratch, struct err *e);
void deferred_store_destroy(struct deferred_store *a); /* takes NULL */

/* How many records of a kind were set aside. */
uint64_t deferred_store_count(
    const struct deferred_store *a, enum deferred_kind kind);

enum rc deferred_store_put(struct deferred_store *a,
    const struct deferred_chunk *c, const uint8_t *bytes,
    const struct deferred_record *records, struct err *e);

/* Checkpoints, only below a dirfd. Writing: all that was added is on the disk.
 * Reading: the file is cut to what it was then; WHY_TAMPERED if its bytes have
 * changed. */
enum rc deferred_store_write_state(
    const struct deferred_store *a, struct state_writer *w, struct err *e);
enum rc deferred_store_read_state(
    struct deferred_store *a, struct state_reader *r, struct err *e);

/* Start to read from the beginning. */
void deferred_store_rewind(struct deferred_store *a);

/* The next chunk: its bytes (room for CHUNK_BYTES) and its records (for
 * DEFERRED_RECORDS_MAX). RC_END behind the last. */
enum rc deferred_store_next(struct deferred_store *a, struct deferred_chunk *c,
    uint8_t *bytes, struct deferred_record *records, struct err *e);

#endif
