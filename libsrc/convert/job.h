/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One job: the bytes of one piece of a source on their way to lines. The main
 * thread fills the input and takes the results; in between a worker owns it.
 */
#ifndef CONVERT_JOB_H
#define CONVERT_JOB_H

#include "evtx/decoder.h"
#include "schema/key.h"
#include "schema/schema.h"
#include "select/select.h"
#include "stage/account.h"

#define JOB_LINES_MAX ((size_t)256 << 20)
#define JOB_LINE_MAX ((size_t)64 << 20)
#define JOB_DAMAGE_MAX ((size_t)16 << 20)

_Static_assert((int)SELECT_VERDICTS <= (int)ACCOUNT_REASONS,
    "an account has a term for every verdict");

enum job_kind {
	JOB_CHUNK,  /* a chunk, whole or cut short */
	JOB_UNUSED, /* zeros only */
	JOB_REGION, /* bytes that are no chunk */
};

/* A line whose time is to be filled in: it came before the first record of the
 * piece that has one. */
struct job_patch {
	size_t at;        /* in lines */
	uint64_t written; /* the record header's time, if all else fails */
};

struct job {
	/* Input. */
	size_t source;    /* number of the source */
	const char *name; /* of the source, for the damage lines */
	uint64_t number;  /* of the piece in the source, from 0 */
	uint64_t offset;  /* in the source */
	size_t n;         /* bytes that were there; the rest is zeros */
	uint8_t *bytes;   /* CHUNK_BYTES */

	/* Results. */
	enum job_kind kind;
	bool crc_bad;
	struct account account;
	struct buf lines;
	struct buf damage; /* lines of damage.ndjson */
	struct job_patch *patches;
	size_t n_patches;
	size_t cap_patches;
	uint64_t first_time; /* of the first and the last record with one */
	uint64_t last_time;
	bool failed; /* a fatal error; err says which */
	struct err err;
};

struct worker_options {
	const struct decoder_kind *decoder;
	const struct schema *schema;
	const struct select *select;
};

struct worker;

enum rc worker_create(
    struct worker **wp, const struct worker_options *o, struct err *e);
void worker_destroy(struct worker *w);

/* The pool's work: fill the results of a job. */
void worker_run(void *worker, void *job);

enum rc job_init(struct job *j, struct err *e);
void job_free(struct job *j);

/* A line of damage.ndjson. */
struct job_damage {
	const char *source;
	const char *kind; /* record, chunk, region, file */
	uint64_t chunk;   /* number of the piece in the source */
	uint64_t offset;  /* in the source */
	uint64_t length;
	uint64_t record; /* id in the record's header; 0: none */
	const char *salvaged;
};

void job_damage(struct buf *b, const struct job_damage *d, const char *reason);

#endif
