/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the lines of chunks.ndjson, one for each chunk of a job: the record
 * counts of the chunk, which add up to those of its source, and which lines of
 * the staging are from its records. The deferred records of a chunk have
 * another line. `info` prints rows of a table instead.
 */
#ifndef CONVERT_CHUNK_REPORT_H
#define CONVERT_CHUNK_REPORT_H

#include "convert/job.h"
#include "stage/writer.h"

struct chunk_report {
	struct writer *out; /* writer of the lines or rows, borrowed */
	bool table;         /* write rows of a table instead of lines */
	/* 1 + number of the source whose heading was written last; 0: none. */
	uint64_t headed;
	struct buf lines;
};

void chunk_report_init(struct chunk_report *r, struct writer *out, bool table);
void chunk_report_reset(struct chunk_report *r);

/* Write the lines for the chunks of a job, before the lines of its records are
 * written. `content` is NULL or, for deferred records, the `content` of their
 * segments in the manifest. */
enum rc chunk_report_add(struct chunk_report *r, const struct job *j,
    const char *content, struct err *e);

#endif
