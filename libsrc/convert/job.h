/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One job: some chunks of a source on their way to lines. The main thread
 * fills the input and collects the results; in between a worker owns the job
 * (convert/worker.h).
 */
#ifndef CONVERT_JOB_H
#define CONVERT_JOB_H

#include "convert/chunk_finder.h"
#include "convert/damage.h"
#include "convert/deferred_store.h"
#include "convert/lines.h"
#include "schema/provenance.h"
#include "select/program.h"

/* Chunks of a job: enough to keep the threads from waiting for each other, few
 * enough to keep memory small. */
#define JOB_CHUNKS 8U
#define JOB_BYTES (JOB_CHUNKS * CHUNK_BYTES + CHUNK_FINDER_AHEAD)
#define JOB_PAGE 4096U
#define JOB_ROOM (JOB_CHUNKS * CHUNK_BYTES + JOB_PAGE) /* in whole pages */
_Static_assert(
    CHUNK_FINDER_AHEAD <= JOB_PAGE, "a job has room for what is read ahead");
_Static_assert(CHUNK_FINDER_ENOUGH <= JOB_BYTES, "each job has a whole piece");

/* Maximum for the lines of one chunk. No log comes near it, but one template
 * with a long text and many tiny records would. */
#define JOB_CHUNK_LINES_MAX (24 * (size_t)CHUNK_BYTES)
/* A job with more lines continues only when it is the oldest one: of the jobs
 * that are out only one has the maximum, so memory is bounded. Ordinary jobs
 * have a third of this. */
#define JOB_LINES_AHEAD ((size_t)3 << 20)
#define JOB_LINES_MAX \
	(CHUNK_PIECES_MAX * JOB_CHUNK_LINES_MAX + 8 * LINE_MAX_BYTES)
/* A line for each record that can be in a job, with a source name of 1,024
 * bytes that are all escaped. */
#define JOB_DAMAGE_MAX ((size_t)160 << 20)

enum job_kind {
	JOB_CHUNK,  /* a chunk, whole or cut short */
	JOB_UNUSED, /* zeros only */
	JOB_REGION, /* bytes that are not a chunk */
};

/* A piece of the job's bytes. */
struct job_piece {
	struct chunk_piece cut; /* where it is */
	enum job_kind kind;     /* the worker finds out */
	bool bad; /* a checksum is wrong, or the end of the chunk is missing */
	struct account account; /* of its records */
	size_t keys;            /* index behind its last key in lines.keys */
	uint64_t
	    first_id;     /* EventRecordIDs of its first and last record with */
	uint64_t last_id; /* one; 0: none has */
};

/* A record whose reading is deferred to the end of the run. */
struct job_deferred {
	size_t at; /* of its chunk in the job's bytes */
	size_t n;  /* bytes of the chunk */
	struct deferred_record record;
};

struct pending_source;
struct pool;
struct template_catalog;

struct job {
	/* Input. */
	struct pending_source *pending; /* only for the main thread */
	uint64_t source;                /* number of the source */
	const char *name;               /* of the source */
	char sha256[DIGEST_HEX];     /* of the source, for rows that show it */
	struct program_channels log; /* channels of the queries that name the
				      * source's log */
	uint64_t offset;             /* of the bytes in the source */
	uint8_t *bytes;              /* JOB_BYTES */
	struct job_piece pieces[CHUNK_PIECES_MAX];
	size_t n_pieces;

	/* Of a job that reads deferred records: the templates of all workers;
	 * the records, of one chunk, are in `deferred`. NULL: an ordinary job.
	 */
	const struct template_catalog *templates;

	/* Marks of the threads that digest the source and the lines: bytes and
	 * lines may change only behind them. */
	uint64_t read;
	uint64_t written;

	struct pool *pool; /* of the worker; NULL: it has no other jobs */

	/* Results. */
	struct job_deferred *deferred; /* of an ordinary job */
	size_t n_deferred;
	size_t cap_deferred;
	struct lines out;
	struct buf damage; /* of damage_put() */
	bool failed;       /* a fatal error: err */
	struct err err;
};

enum rc job_init(struct job *j, struct err *e);
void job_free(struct job *j);

/* Forget the results of the job before. */
void job_clear(struct job *j);

/* The results are collected and digested: give back memory that ordinary jobs
 * do not need. */
void job_trim(struct job *j);

/* The job has failed. The first error counts. */
void job_fail(struct job *j, const struct err *e);

/* Add a line of damage about the job's source; d->offset is in the job's
 * bytes. */
void job_report_damage(struct job *j, struct damage *d, const char *reason);

/* Append to `deferred`; without memory the job fails. */
void job_defer(struct job *j, const struct job_deferred *one);

/* Provenance of a chunk's records, for rows that show it. */
struct provenance job_provenance(
    const struct job *j, const struct chunk_piece *cut, const struct chunk *c);

#endif
