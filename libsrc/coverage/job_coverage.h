/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the records of a job say of the logs that they are from, whether they
 * are selected or not: runs of consecutive EventRecordIDs, per channel and
 * computer, and the events that tell of a log that was cleared. It is made by
 * a worker, a few instructions for a record, and put together by the main
 * thread (coverage/coverage.h).
 */
#ifndef COVERAGE_JOB_COVERAGE_H
#define COVERAGE_JOB_COVERAGE_H

#include "coverage/coverage.h"
#include "event/system_fields.h"
#include "evtx/chunk.h"
#include "stage/copy_kind.h"

enum job_coverage_name {
	JOB_COVERAGE_CHANNEL,
	JOB_COVERAGE_COMPUTER,
	JOB_COVERAGE_NAMES
};

/* A channel of a computer, in the records of a job. */
struct job_coverage_log {
	struct span name[JOB_COVERAGE_NAMES]; /* as UTF-8 */
	struct value
	    raw[JOB_COVERAGE_NAMES]; /* and as its first record has them */
	size_t run;                  /* the one that goes on, counted from 1 */
};

/* Records of a log with consecutive ids and a clock that does not go back. */
struct job_coverage_run {
	size_t log;
	size_t offset; /* of the first record, as job_coverage_start_piece()
			  says */
	struct coverage_run run;
};

/* A log that was cleared. */
struct job_coverage_clear {
	size_t log;
	size_t offset;
	struct coverage_cleared what; /* its texts are the job_coverage's */
};

struct job_coverage {
	uint64_t epoch; /* goes on when it is cleared */
	size_t at;      /* see job_coverage_start_piece() */
	struct job_coverage_log *logs;
	size_t n_logs;
	size_t cap_logs;
	size_t *slots; /* a hash table: numbers of logs, from 1 */
	size_t n_slots;
	size_t rest; /* the log of those beyond the maximum, from 1; 0: none */
	struct job_coverage_run *runs;
	size_t n_runs;
	size_t cap_runs;
	struct job_coverage_clear *notes;
	size_t n_notes;
	size_t cap_notes;
	struct arena texts;
	size_t shared;   /* bytes that names would use which two logs share: the
			  * maximum counts them, too */
	struct buf text; /* for one at a time */
	struct copy_kind copy;
	uint64_t first_id; /* of the piece's records with one; 0: none */
	uint64_t last_id;
	size_t log;           /* of the record before in the piece, from 1 */
	uint64_t header_time; /* of its header, and its own time */
	uint64_t time;
	bool failed; /* there was no memory */
};

/* What is known of all records of a tree: zeroed when it is new. */
struct job_coverage_cache {
	const struct job_coverage *of; /* the log below is this one's, */
	uint64_t epoch;                /* when it had this epoch */
	size_t log;                    /* of the record before */
	bool known;                    /* whether the two below are */
	bool fixed;                    /* channel and computer are the tree's */
	bool watched; /* its provider is one that tells of cleared logs */
};

/* A record that is counted. */
struct job_coverage_record {
	const struct system_fields *head;
	const struct tree *tree;
	const struct chunk_record *header;
	uint64_t time; /* 0: it has none */
};

void job_coverage_init(struct job_coverage *t);
void job_coverage_free(struct job_coverage *t);
/* The results are not needed any more: give back large memory. */
void job_coverage_trim(struct job_coverage *t);
void job_coverage_reset(struct job_coverage *t);

/* The next records are of a piece at that place in the job. */
void job_coverage_start_piece(struct job_coverage *t, size_t at);

/* Whether more than the System of this record is to be told. */
bool job_coverage_needs_event(struct job_coverage_cache *p,
    const struct system_fields *head, const struct tree *tree);

void job_coverage_add(struct job_coverage *t, struct job_coverage_cache *p,
    const struct job_coverage_record *r);

#endif
