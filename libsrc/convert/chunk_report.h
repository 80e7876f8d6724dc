/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What chunks.ndjson says of the chunks of a job, on its way to the writer.
 */
#ifndef CONVERT_CHUNK_REPORT_H
#define CONVERT_CHUNK_REPORT_H

#include "convert/job.h"
#include "stage/writer.h"

struct chunk_report {
	struct writer *out; /* borrowed */
	bool table;         /* rows for people */
	uint64_t headed;    /* number of the source whose rows have a heading,
			     * from 1 */
	struct buf lines;
};

void chunk_report_init(struct chunk_report *r, struct writer *out, bool table);
void chunk_report_reset(struct chunk_report *r);

/* Write what there is to say of a job's chunks, whose lines are written next;
 * `content` is of deferred records, as their segment has it, else NULL. */
enum rc chunk_report_add(struct chunk_report *r, const struct job *j,
    const char *content, struct err *e);

#endif
