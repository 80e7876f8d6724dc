/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The coverage of the records of one job (coverage/coverage.h), whether they
 * are selected or not: runs of consecutive EventRecordIDs of each log, and the
 * events that report a cleared log. A worker computes it, with a few
 * instructions per record; the main thread adds it to the coverages of the
 * source and the run.
 */
#ifndef COVERAGE_JOB_COVERAGE_H
#define COVERAGE_JOB_COVERAGE_H

#include "coverage/coverage.h"
#include "event/system_fields.h"
#include "evtx/chunk.h"
#include "stage/copy_kind.h"
#include "util/buf.h"

enum { JOB_COVERAGE_CHANNEL, JOB_COVERAGE_COMPUTER, JOB_COVERAGE_NAMES };

/* The name of a channel or computer. Equal names with the same type of value
 * are stored once. */
struct job_coverage_name {
	/* Value of the first record with this name; VALUE_NULL: no name. */
	struct value raw;
	struct span text; /* the name as UTF-8 */
};

struct job_coverage_log {
	size_t name[JOB_COVERAGE_NAMES]; /* indexes of names */
	size_t run; /* index + 1 of the log's last run in `runs`; 0: none */
};

/* Records of a log with consecutive ids, whose clock was not set back. */
struct job_coverage_run {
	size_t log;
	size_t offset; /* offset of the first record in the job's bytes */
	struct coverage_run run;
};

struct job_coverage_clear {
	size_t log;
	size_t offset;
	/* The event that reports the clearing; its strings belong to the job.
	 */
	struct coverage_cleared what;
};

struct job_coverage {
	uint64_t epoch; /* number of times that the object was reset */
	size_t at;      /* offset of the current piece in the job's bytes */
	struct job_coverage_name *names;
	size_t n_names;
	size_t cap_names;
	struct hash_index name_index;
	struct job_coverage_log *logs;
	size_t n_logs;
	size_t cap_logs;
	struct hash_index log_index;
	/* Index + 1 of the log "*", for the records of logs beyond the maximum;
	 * 0: none. */
	size_t rest;
	struct job_coverage_run *runs;
	size_t n_runs;
	size_t cap_runs;
	struct job_coverage_clear *clears;
	size_t n_clears;
	size_t cap_clears;
	struct arena texts;
	struct buf text; /* temporary buffer for one text */
	struct copy_kind copy;
	/* First EventRecordID of the piece; 0: no record has one. */
	uint64_t first_id;
	uint64_t last_id;
	/* Index + 1 of the log of the piece's previous record; 0: none. */
	size_t log;
	/* Time in the header of the previous record, and the time of its event.
	 */
	uint64_t header_time;
	uint64_t time;
	bool failed; /* memory was exhausted, so records are missing */
};

/* What all records of a tree have in common. Zeroed for a new tree. */
struct job_coverage_cache {
	/* Job for which the member `log` is valid. */
	const struct job_coverage *of;
	/* Epoch of that job for which the member `log` is valid. */
	uint64_t epoch;
	size_t log;  /* index of the log of the previous record with the tree */
	bool filled; /* the members fixed_log and may_clear are set */
	bool fixed_log; /* channel and computer are literals of the tree: all
			   its records are of one log */
	bool may_clear; /* records may report a cleared log */
};

/* A record to be counted. */
struct job_coverage_record {
	const struct system_fields *head;
	const struct tree *tree;
	const struct chunk_record *header;
	uint64_t time; /* time of the record; 0: it has none */
};

void job_coverage_init(struct job_coverage *t);
void job_coverage_free(struct job_coverage *t);
void job_coverage_reset(struct job_coverage *t);

/* Reset a job that is idle, and free its texts if they are large. */
void job_coverage_trim(struct job_coverage *t);

/* The next records belong to a piece at this offset in the job. */
void job_coverage_start_piece(struct job_coverage *t, size_t at);

/* True if job_coverage_add() needs more of this event than its System element.
 */
bool job_coverage_needs_event(struct job_coverage_cache *p,
    const struct system_fields *head, const struct tree *tree);

void job_coverage_add(struct job_coverage *t, struct job_coverage_cache *p,
    const struct job_coverage_record *r);

/* Add the coverage of a job to those of the run and of its source. `job` has
 * the number and name of the source and the offset of the job in it. */
enum rc job_coverage_merge(const struct job_coverage *t, struct coverage *run,
    struct coverage *source, const struct coverage_place *job, struct err *e);

#endif
