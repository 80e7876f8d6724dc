/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One job: some chunks of a source on their way to lines. The main thread
 * fills the input and takes the results; in between a worker owns it.
 */
#ifndef CONVERT_JOB_H
#define CONVERT_JOB_H

#include "convert/chunk_finder.h"
#include "convert/deferred_store.h"
#include "convert/recorder.h"
#include "util/stop.h"

/* Chunks of a job: enough to keep the threads from waiting for each other, few
 * enough to keep memory small. */
#define JOB_CHUNKS 8U
#define JOB_BYTES (JOB_CHUNKS * CHUNK_BYTES + CHUNK_FINDER_AHEAD)
#define JOB_PAGE 4096U
#define JOB_ROOM (JOB_CHUNKS * CHUNK_BYTES + JOB_PAGE) /* in whole pages */
_Static_assert(CHUNK_FINDER_AHEAD <= JOB_PAGE, "what is looked ahead has room");
_Static_assert(CHUNK_FINDER_ENOUGH <= JOB_BYTES, "each job cuts a piece");

/* A chunk whose lines would be longer is capped: no log comes near it, but one
 * template with a long text and many tiny records would. */
#define JOB_CHUNK_LINES_MAX (24 * (size_t)CHUNK_BYTES)
#define JOB_LINES_MAX \
	(CHUNK_PIECES_MAX * JOB_CHUNK_LINES_MAX + 8 * LINE_MAX_BYTES)
/* A line for each record that can be in a job, with a name of 1,024 bytes that
 * are all escaped. */
#define JOB_DAMAGE_MAX ((size_t)160 << 20)

enum job_kind {
	JOB_CHUNK,  /* a chunk, whole or cut short */
	JOB_UNUSED, /* zeros only */
	JOB_REGION, /* bytes that are no chunk */
};

struct job_piece {
	struct chunk_piece cut;
	enum job_kind kind;     /* what it turned out to be */
	bool bad;               /* a checksum is wrong, or its end is missing */
	struct account account; /* of its records, */
	size_t keys;            /* whose lines' keys end there, */
	uint64_t first_id; /* and EventRecordIDs: of the first and of the */
	uint64_t last_id;  /* last record that has one; 0: none has */
};

/* A record that is to be read late, and where its chunk is in the job. */
struct job_deferred {
	size_t at;
	size_t n;
	struct deferred_record record;
};

struct pending_source;

struct job {
	/* Input. */
	struct pending_source *live; /* the main thread's */
	uint64_t source;             /* number of the source */
	const char *name;            /* of the source, for the damage lines */
	char sha256[DIGEST_HEX];     /* of the source, for rows that show it */
	struct program_channels log; /* of the queries, that the source is */
	uint64_t offset;             /* of the bytes in the source */
	uint8_t *bytes;              /* JOB_BYTES */
	struct job_piece pieces[CHUNK_PIECES_MAX]; /* of a late job: one */
	size_t n_pieces;

	/* Of a late job, which is one chunk: where templates are borrowed; its
	 * records are in `aside`. NULL: an ordinary job. */
	const struct template_catalog *known;

	/* How far the digests of the source and of the lines must be before
	 * bytes and lines may change: marks of a hasher. */
	uint64_t read;
	uint64_t written;

	/* Results; `aside` of an ordinary job. */
	struct job_deferred *aside;
	size_t n_aside;
	size_t cap_aside;
	struct lines out;
	struct buf damage; /* lines of damage.ndjson */
	bool failed;       /* a fatal error; err says which */
	struct err err;
};

enum rc job_init(struct job *j, struct err *e);
void job_free(struct job *j);

/* What rows that show it say of the place of a chunk of the job. */
struct provenance job_origin(
    const struct job *j, const struct chunk_piece *cut, const struct chunk *c);

/* Append to `aside`. */
enum rc job_defer(struct job *j, const struct job_deferred *one, struct err *e);

/* What is read besides the records that follow each other. */
enum recover_what {
	RECOVER_NONE, /* hidden records are named all the same */
	RECOVER_HIDDEN,
	RECOVER_SLACK, /* and old ones in free space */
};

struct worker_options {
	const struct decoder_kind *decoder;
	struct recorder_options record;
	enum recover_what recover;
	const volatile sig_atomic_t *stop; /* or NULL: see util/stop.h */
};

struct worker;

enum rc worker_create(
    struct worker **wp, const struct worker_options *o, struct err *e);
void worker_destroy(struct worker *w);

/* The templates that it has seen; the worker's. */
const struct template_catalog *worker_catalog(const struct worker *w);

/* The pool's work: fill the results of a job. */
void worker_run(void *worker, void *job);

#endif
