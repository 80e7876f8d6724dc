/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removes the lines of records that occur more than once (--dedupe). It keeps
 * the keys of all lines of a run.
 */
#ifndef CONVERT_DUPLICATE_RECORDS_H
#define CONVERT_DUPLICATE_RECORDS_H

#include "convert/dedupe.h"
#include "convert/job.h"
#include "schema/schema.h"
#include "stage/writer.h"
#include "util/state_codec.h"

struct duplicate_records;

struct duplicate_records_options {
	/* Which records are compared; DEDUPE_NONE: the functions below do
	 * nothing. */
	enum dedupe mode;
	size_t memory; /* maximum memory for keys, in bytes */
	/* Keys that do not fit into memory are in files in the state folder
	 * dirfd or, if that is -1, in the folder of `scratch`, borrowed. */
	int dirfd;
	struct scratch *scratch;
	bool journal; /* keep a key_journal, so that the run can be resumed */
};

enum rc duplicate_records_create(struct duplicate_records **dp,
    const struct duplicate_records_options *o, struct err *e);
void duplicate_records_destroy(struct duplicate_records *d); /* takes NULL */

/* Remove the lines of duplicates from a job's results, and count them in the
 * record counts of the job and of its pieces. */
enum rc duplicate_records_remove(
    struct duplicate_records *d, struct job *j, struct err *e);

/* With DEDUPE_RUN, add the keys of the rows that the staging already has, when
 * a run adds to it. */
enum rc duplicate_records_add_base(struct duplicate_records *d,
    struct writer *out, const struct schema *schema, struct err *e);

/* Write the state to a checkpoint, and read it again; see
 * convert/key_journal.h. */
enum rc duplicate_records_write_state(
    struct duplicate_records *d, struct state_writer *w, struct err *e);
enum rc duplicate_records_read_state(
    struct duplicate_records *d, struct state_reader *r, struct err *e);

#endif
