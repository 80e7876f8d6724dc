/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verifies segments and divides them into batches, several segments at the same
 * time. The segments come back in the order of their submission, so batches and
 * messages do not depend on the number of threads.
 */
#ifndef LOAD_SEGMENT_JOBS_H
#define LOAD_SEGMENT_JOBS_H

#include "load/batcher.h"

/* What a thread does with a segment. */
enum segment_work {
	SEGMENT_NONE,   /* nothing: there is no segment, or `result` is set */
	SEGMENT_VERIFY, /* compare it with the manifest */
	SEGMENT_COUNT,  /* also count its rows in `parts` for the preflight */
	SEGMENT_DIVIDE, /* also divide it: sets `parts`, and counts all rows */
};

/* A range of lines of a segment: one batch. */
struct segment_part {
	uint64_t offset;
	uint64_t length;
	uint64_t records;
	bool refused; /* the batch is one record over the sink's limit */
};

struct segment_job {
	/* The caller sets these. */
	enum segment_work work;
	const struct reader *reader;
	size_t index;   /* index of the segment in the manifest */
	size_t staging; /* index of the staging in the run */
	int64_t id;     /* id of the segment in the checkpoint */
	/* Array, owned by the job, in the order of offsets. */
	struct segment_part *parts;
	size_t n;
	size_t room;                /* number of parts that fit in the array */
	struct preflight preflight; /* counts of this segment alone */
	struct err result; /* error of reader_scan(), or its rc is RC_OK */
};

struct segment_jobs_options {
	unsigned threads; /* number of threads; 0 and 1: the caller's */
	const struct sink *sink;
	/* Initialized; the counts of each job begin with 0. NULL: rows are not
	 * counted. */
	const struct preflight *preflight;
	/* Maximum range of TimeGenerated in a batch, in 100 ns; 0: no limit. */
	uint64_t span;
};

struct segment_jobs;

/* Create the threads. The readers of jobs must outlive them. */
enum rc segment_jobs_create(struct segment_jobs **jp,
    const struct segment_jobs_options *o, struct err *e);
/* Wait for running jobs, and discard the others. Takes NULL. */
void segment_jobs_destroy(struct segment_jobs *j);

/* Returns a job to be filled and submitted; NULL: the oldest job has to be
 * taken first. */
struct segment_job *segment_jobs_new(struct segment_jobs *j);

/* Add a part to a job. */
enum rc segment_jobs_add_part(
    struct segment_job *job, const struct segment_part *part, struct err *e);

/* Start a job. A segment of a reader may be in one job at a time. */
void segment_jobs_submit(struct segment_jobs *j, struct segment_job *job);

/* Wait for the oldest job; NULL: no job was submitted. The job is valid until
 * the next call of segment_jobs_new(). */
struct segment_job *segment_jobs_take(struct segment_jobs *j);

/* The i-th part of a job as a batch. */
struct batch segment_jobs_batch(const struct segment_job *job, size_t i);

#endif
