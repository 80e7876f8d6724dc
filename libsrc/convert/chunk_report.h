/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of chunks.ndjson, one for each chunk of a job: its account, which
 * adds up to that of its source, and which lines of the staging belong to its
 * records. Deferred records have a line of their own. For people there are rows
 * of a table instead.
 */
#ifndef CONVERT_CHUNK_REPORT_H
#define CONVERT_CHUNK_REPORT_H

#include "convert/job.h"
#include "stage/writer.h"

struct chunk_report {
	struct writer *out; /* borrowed */
	bool table;
	uint64_t headed; /* number of the source whose rows have a heading,
			  * from 1 */
	struct buf lines;
};

void chunk_report_init(struct chunk_report *r, struct writer *out, bool table);
void chunk_report_reset(struct chunk_report *r);

/* Write the lines of a job whose own lines are written next. `content` is that
 * of the segments of deferred records in the manifest, else NULL. */
enum rc chunk_report_add(struct chunk_report *r, const struct job *j,
    const char *content, struct err *e);

#endif
