/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A job: the conversion of some chunks of a source to lines. The main thread
 * fills in the input and collects the results; in between a worker owns the job
 * (convert/worker.h).
 *
 * Jobs of small sources are submitted in groups, because to wake a thread takes
 * longer than to convert such a source. The first job of a group has the buffer
 * for the bytes of all.
 */
#ifndef CONVERT_JOB_H
#define CONVERT_JOB_H

#include "convert/chunk_finder.h"
#include "convert/damage.h"
#include "convert/deferred_store.h"
#include "convert/lines.h"
#include "schema/provenance.h"
#include "select/program.h"

/* Number of chunks of a job: enough to keep the threads from waiting for each
 * other, few enough to keep memory small. */
#define JOB_CHUNKS 8U
#define JOB_BYTES (JOB_CHUNKS * CHUNK_BYTES + CHUNK_FINDER_AHEAD)
#define JOB_PAGE 4096U
/* Maximum number of jobs of a group. */
#define JOB_GROUP_MAX 8U
/* Size of the buffer of a job or group, a multiple of JOB_PAGE. A group has
 * room for JOB_GROUP_MAX logs of one chunk, the most common small logs. */
#define JOB_ROOM (JOB_CHUNKS * CHUNK_BYTES + JOB_GROUP_MAX * JOB_PAGE)
_Static_assert(
    CHUNK_FINDER_AHEAD <= JOB_PAGE, "a job has room for what is read ahead");
_Static_assert(JOB_BYTES <= JOB_ROOM, "a job has room for its bytes");
_Static_assert(CHUNK_FINDER_ENOUGH <= JOB_BYTES, "each job has a whole piece");

/* Maximum length of the lines of one chunk. No real log comes near it, but a
 * forged chunk with a long text in a template and many tiny records would. */
#define JOB_CHUNK_LINES_MAX (24 * (size_t)CHUNK_BYTES)
/* A job whose lines are longer continues only when it is the oldest job in
 * progress. So only one job at a time can reach JOB_LINES_MAX, and memory is
 * bounded. The lines of ordinary jobs have a third of this length. */
#define JOB_LINES_AHEAD ((size_t)3 << 20)
#define JOB_LINES_MAX \
	(CHUNK_PIECES_MAX * JOB_CHUNK_LINES_MAX + 8 * LINE_MAX_BYTES)
/* Maximum length of the damage of a job: a line for each record that it can
 * have, with a source name of 1,024 bytes that are all escaped. */
#define JOB_DAMAGE_MAX ((size_t)160 << 20)

enum job_kind {
	JOB_CHUNK,  /* a chunk, complete or cut short */
	JOB_UNUSED, /* an unused chunk slot, which contains only zeros */
	JOB_REGION, /* other bytes that are not a chunk */
};

/* A piece of the job's bytes. */
struct job_piece {
	/* Offset and length of the piece in the job's bytes. */
	struct chunk_piece cut;
	enum job_kind kind; /* kind of the piece, set by the worker */
	bool bad; /* a checksum is wrong, or the end of the chunk is missing */
	struct account account; /* record counts of the piece */
	/* Number of keys in lines.keys for this piece and those before it. */
	size_t keys;
	/* EventRecordIDs of the first and the last record that has one; 0: no
	 * record has one. */
	uint64_t first_id;
	uint64_t last_id;
};

/* A record whose reading is deferred to the end of the run. */
struct job_deferred {
	size_t at; /* offset of the record's chunk in the job's bytes */
	size_t n;  /* length of the record's chunk in bytes */
	struct deferred_record record;
};

struct pending_source;
struct pool;
struct template_catalog;

struct job {
	/* Input of the worker, set by the main thread. */
	struct pending_source *pending; /* used only by the main thread */
	uint64_t source;                /* number of the source */
	const char *name;               /* name of the source */
	/* SHA-256 of the source, for rows that contain it; set by the worker if
	 * `whole` is not 0. */
	char sha256[DIGEST_HEX];
	/* Number of bytes of the source if `bytes` contains all of them and the
	 * worker must make their digest; else 0. */
	size_t whole;
	/* The source may have the same bytes as an earlier one. It is converted
	 * only if its digest differs. */
	bool doubtful;
	/* Channel patterns of the queries that match the source's log. */
	struct program_channels log;
	uint64_t offset; /* offset of `bytes` in the source */
	uint8_t *bytes;  /* bytes of the source, with room for JOB_BYTES */
	struct job_piece pieces[CHUNK_PIECES_MAX];
	size_t n_pieces;

	/* The templates of all workers, if the job reads the deferred records
	 * of one chunk, which are in `deferred`. NULL: an ordinary job. */
	const struct template_catalog *templates;

	/* Marks of the threads that digest the source and the lines. `bytes`
	 * and `out` may be changed only after these marks are reached. */
	uint64_t read;
	uint64_t written;

	struct pool
	    *pool; /* pool of the workers; NULL: the run has only this job */
	/* First job of the group, which was submitted to the pool; NULL: it is
	 * this job. */
	const struct job *first;
	/* The other jobs of the group, owned by the first job; NULL: it has
	 * never had others. */
	struct job *others;
	size_t n_others;
	/* For the first job: the worker makes only the digests of the group. */
	bool digests_only;

	/* Results of the worker. */
	struct job_deferred *deferred; /* records that were deferred */
	size_t n_deferred;
	size_t cap_deferred;
	struct lines out;
	struct buf damage; /* damage lines, written by damage_put() */
	bool failed;       /* a fatal error occurred; `err` describes it */
	struct err err;
};

enum rc job_init(struct job *j, struct err *e);
void job_free(struct job *j);

/* Get the other job with this index of the group of j, to set it up. */
enum rc job_other(struct job *j, size_t i, struct job **other, struct err *e);

/* Clear the results, before a job is processed. */
void job_clear(struct job *j);

/* Free memory that ordinary jobs do not need. Call it after the results were
 * collected and digested. */
void job_trim(struct job *j);

/* Record a fatal error, unless the job has failed before. */
void job_fail(struct job *j, const struct err *e);

/* Add a line of damage about the job's source; d->offset is an offset in the
 * job's bytes. */
void job_report_damage(struct job *j, struct damage *d, const char *reason);

/* Append a record to j->deferred. If memory is exhausted, the job fails. */
void job_defer(struct job *j, const struct job_deferred *one);

/* The provenance of a chunk's records, for rows that contain it. */
struct provenance job_provenance(
    const struct job *j, const struct chunk_piece *cut, const struct chunk *c);

#endif
