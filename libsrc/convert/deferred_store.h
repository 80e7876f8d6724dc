/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records that are read at the end of the run: copies of the chunks that hold
 * them, in a file. The file is created with the first chunk, so a run that
 * defers nothing writes nothing. The bytes are those that were digested: no
 * source is read twice.
 */
#ifndef CONVERT_DEFERRED_STORE_H
#define CONVERT_DEFERRED_STORE_H

#include "evtx/chunk.h"
#include "util/err.h"
#include "util/state_codec.h"

struct scratch;

/* Maximum of one chunk: a record header has 24 bytes. */
#define DEFERRED_RECORDS_MAX (CHUNK_BYTES / 24)

/* Why a record is deferred. */
enum deferred_kind {
	DEFERRED_ORPHAN, /* its template is missing */
	DEFERRED_HIDDEN, /* another record claims its bytes */
	DEFERRED_CARVED, /* it is an old one in free space */
	DEFERRED_INNER,  /* the same, of a chunk that lies inside another one */
	DEFERRED_KINDS,
};

struct deferred_record {
	uint32_t offset; /* of its header in the chunk */
	enum deferred_kind kind;
	uint64_t before;    /* time of the record before it; 0: unknown */
	uint64_t by_id;     /* of a hidden one: the id of the record that hides
			     * it, */
	uint32_t by_offset; /* and the offset of that in the chunk */
};

struct deferred_chunk {
	size_t source;   /* number of the source */
	uint64_t offset; /* of the chunk in the source */
	size_t n;        /* bytes, at most CHUNK_BYTES */
	size_t n_records;
};

struct deferred_store;

/* The file is `aside` below dirfd or, if that is -1, one without a name in the
 * folder of `scratch`, which is borrowed. */
enum rc deferred_store_create(struct deferred_store **sp, int dirfd,
    struct scratch *scratch, struct err *e);
void deferred_store_destroy(struct deferred_store *s); /* takes NULL */

/* The number of records of a kind. */
uint64_t deferred_store_count(
    const struct deferred_store *s, enum deferred_kind kind);

enum rc deferred_store_put(struct deferred_store *s,
    const struct deferred_chunk *c, const uint8_t *bytes,
    const struct deferred_record *records, struct err *e);

/* Read from the beginning: the next chunk, its bytes (room for CHUNK_BYTES) and
 * its records (for DEFERRED_RECORDS_MAX). RC_END behind the last. */
void deferred_store_rewind(struct deferred_store *s);
enum rc deferred_store_next(struct deferred_store *s, struct deferred_chunk *c,
    uint8_t *bytes, struct deferred_record *records, struct err *e);

/* Checkpoints, only below a dirfd. Writing: all that was added is on the disk.
 * Reading: the file is truncated to what it was then; WHY_TAMPERED if its bytes
 * have changed. */
enum rc deferred_store_write_state(
    const struct deferred_store *s, struct state_writer *w, struct err *e);
enum rc deferred_store_read_state(
    struct deferred_store *s, struct state_reader *r, struct err *e);

#endif
